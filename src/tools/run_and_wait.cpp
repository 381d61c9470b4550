#include "tools/run_and_wait.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace um::tools {
namespace {

constexpr int kCannotRun = 127;

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }
  int get() const { return number_; }
  void reset(int number = -1) {
    if (number_ >= 0) close(number_);
    number_ = number;
  }

 private:
  int number_;
};

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (std::string& text : strings) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// Reads until the child has ended, or closed its output: a daemon that it leaves behind may hold
/// the pipe for ever.
std::string read_while_running(int pipe, pid_t child) {
  Descriptor ended(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  std::string text;
  std::array<char, 4096> buffer;
  std::array<pollfd, 2> waited = {pollfd{pipe, POLLIN, 0}, pollfd{ended.get(), POLLIN, 0}};
  for (;;) {
    if (poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR) return text;
    if (waited[0].revents & (POLLIN | POLLHUP)) {
      const ssize_t length = read(pipe, buffer.data(), buffer.size());
      if (length <= 0) return text;
      text.append(buffer.data(), static_cast<std::size_t>(length));
    } else if (waited[1].revents & POLLIN) {
      return text;
    }
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return kCannotRun;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Ran run_and_wait(const Command& command, bool wants_output, const std::string& rest) {
  std::vector<std::string> argv = command.argv, environment;
  for (const auto& [name, value] : command.environment) environment.push_back(name + "=" + value);
  std::array<int, 2> ends = {-1, -1};
  if (wants_output && pipe2(ends.data(), O_CLOEXEC) != 0) return {kCannotRun, {}};
  Descriptor reading(ends[0]), writing(ends[1]);
  Descriptor log(open(rest.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  Descriptor nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  const int other = log.get() >= 0 ? log.get() : nothing.get();

  FileActions actions;
  posix_spawn_file_actions_adddup2(actions.get(), nothing.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(actions.get(), wants_output ? writing.get() : other,
                                   STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(actions.get(), other, STDERR_FILENO);
  if (!command.directory.empty())
    posix_spawn_file_actions_addchdir_np(actions.get(), command.directory.c_str());
  pid_t child = 0;
  const std::string& file = command.path.empty() ? command.argv[0] : command.path;
  if (posix_spawn(&child, file.c_str(), actions.get(), nullptr, pointers(argv).data(),
                  pointers(environment).data()) != 0)
    return {kCannotRun, {}};
  writing.reset();
  Ran ran;
  if (wants_output) ran.output = read_while_running(reading.get(), child);
  ran.exit_status = wait_for(child);
  return ran;
}

void kill_all_named(const std::string& name) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string number = entry.path().filename();
    pid_t pid = 0;
    const char* end = number.data() + number.size();
    if (std::from_chars(number.data(), end, pid).ptr != end || pid == getpid()) continue;
    std::string comm;
    std::getline(std::ifstream(entry.path() / "comm"), comm);
    if (comm == name) kill(pid, SIGKILL);
  }
}

}  // namespace um::tools
