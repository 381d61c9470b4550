#include "ldirectord/daemonise.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

namespace um::ldirectord {
namespace {

// One byte, then the failure's text; only end of file means the daemon died before it could tell.
StartVerdict wait_for_verdict(int pipe) {
  std::string text;
  std::array<char, 512> part{};
  for (;;) {
    const ssize_t size = read(pipe, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  close(pipe);
  if (text.empty()) return {"the daemon ended while starting; its log says why"};
  return {text.substr(1)};
}

void leave_terminal() {
  if (chdir("/") != 0) _exit(1);
  const int null = open("/dev/null", O_RDWR);
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, stream);
  if (null > STDERR_FILENO) close(null);
}

}  // namespace

StartReport::~StartReport() {
  if (pipe_ >= 0) close(pipe_);
}

void StartReport::tell(const std::string& failure) {
  if (pipe_ < 0) return;
  const std::string text = "=" + failure;
  [[maybe_unused]] const ssize_t written = write(pipe_, text.data(), text.size());
  close(pipe_);
  pipe_ = -1;
}

std::variant<StartVerdict, StartReport> daemonise() {
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) return StartVerdict{std::strerror(errno)};
  const pid_t child = fork();
  if (child < 0) return StartVerdict{fmt::format("cannot fork: {}", std::strerror(errno))};
  if (child > 0) {
    close(pipe[1]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return wait_for_verdict(pipe[0]);
  }
  close(pipe[0]);
  setsid();
  const pid_t grandchild = fork();
  if (grandchild != 0) _exit(grandchild < 0 ? 1 : 0);
  leave_terminal();
  return StartReport(pipe[1]);
}

void write_pid_file(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return;
  const std::string text = fmt::format("{}\n", getpid());
  [[maybe_unused]] const ssize_t written = write(file, text.data(), text.size());
  close(file);
}

}  // namespace um::ldirectord
