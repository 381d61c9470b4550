#include "tools/sender.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace um::tools {
namespace {

namespace fs = std::filesystem;
using address::Failure;
using address::Result;

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

bool lock(const Descriptor& file) {
  return flock(file.number(), LOCK_EX | LOCK_NB) == 0;
}

bool is_linked(const Descriptor& file) {
  struct stat state {};
  return fstat(file.number(), &state) == 0 && state.st_nlink > 0;
}

pid_t pid_in(const Descriptor& file) {
  char text[32];
  const ssize_t length = pread(file.number(), text, sizeof text, 0);
  int pid = 0;
  if (length > 0) std::from_chars(text, text + length, pid);
  return pid;
}

/// Locks the file, after ending the process that holds it. An empty descriptor: no such file (when
/// it is not to be created) or it cannot be had.
Descriptor take_over(const fs::path& path, bool create, bool& killed) {
  killed = false;
  for (int tries = 0; tries < 200; ++tries) {
    Descriptor file(
        ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0600));
    if (!file) return file;
    if (lock(file)) {
      if (is_linked(file)) return file;
      continue;  // its owner removed it between our open and our lock
    }
    if (const pid_t pid = pid_in(file); pid > 1 && !killed) killed = kill(pid, SIGKILL) == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return Descriptor();
}

Result<Descriptor> own(const fs::path& path) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  bool killed = false;
  Descriptor file = take_over(path, true, killed);
  if (!file) return Failure{"cannot lock " + path.string() + ": " + std::strerror(errno)};
  return file;
}

void write_pid(const Descriptor& file, pid_t pid) {
  const std::string text = std::to_string(pid) + '\n';
  if (ftruncate(file.number(), 0) != 0 || pwrite(file.number(), text.data(), text.size(), 0) < 0) {
    // The lock still tells that somebody runs; only ending it early is not possible.
  }
}

void become_background(int keep) {
  setsid();
  prctl(PR_SET_NAME, "send_arp");
  if (chdir("/") != 0) return;
  const int null = ::open("/dev/null", O_RDWR);
  for (const int standard : {0, 1, 2}) dup2(null, standard);
  // Whatever the caller had open would look busy until the last frame.
  close_range(3, static_cast<unsigned>(keep) - 1, 0);
  close_range(static_cast<unsigned>(keep) + 1, ~0U, 0);
}

}  // namespace

bool Sender::stop() const {
  bool killed = false;
  if (const Descriptor file = take_over(pid_file_, false, killed)) ::unlink(pid_file_.c_str());
  return killed;
}

bool Sender::running() const {
  const Descriptor file(::open(pid_file_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  return file && !lock(file);
}

Result<void> Sender::start_in_background(const address::Link& link,
                                         const address::Announcement& announcement) const {
  auto file = own(pid_file_);
  if (!file) return file.error();
  const pid_t child = fork();
  if (child < 0) return Failure{std::string("fork: ") + std::strerror(errno)};
  if (child > 0) {
    write_pid(*file, child);
    return {};
  }
  become_background(file->number());
  (void)address::announce(link, announcement);
  ::unlink(pid_file_.c_str());
  _exit(0);
}

Result<void> Sender::run(const address::Link& link,
                         const address::Announcement& announcement) const {
  const auto file = own(pid_file_);
  if (!file) return file.error();
  write_pid(*file, getpid());
  auto result = address::announce(link, announcement);
  ::unlink(pid_file_.c_str());
  return result;
}

fs::path sender_pid_file(const address::Ip& ip) {
  return "/run/heartbeat/rsctmp/send_arp/send_arp-" + ip.text();
}

}  // namespace um::tools
