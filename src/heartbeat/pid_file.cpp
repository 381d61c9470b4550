#include "heartbeat/pid_file.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace um::heartbeat {
namespace {

std::string first_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(256, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return text;
}

/// The state letter of /proc/PID/stat: after the command name, which may hold anything.
char process_state(pid_t pid) {
  const std::string stat = first_bytes(fmt::format("/proc/{}/stat", pid));
  const std::size_t end = stat.rfind(')');
  return end != std::string::npos && end + 2 < stat.size() ? stat[end + 2] : 'X';
}

}  // namespace

std::string pid_file_text(pid_t pid) {
  return fmt::format("{:>10}\n", pid);
}

bool is_heartbeat(pid_t pid) {
  const char state = process_state(pid);
  if (state == 'X' || state == 'Z') return false;
  std::error_code error;
  const auto link = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", pid), error);
  // Only root may read that link; the name of the command is open to all.
  if (error) return first_bytes(fmt::format("/proc/{}/comm", pid)) == "heartbeat\n";
  const std::string name = link.filename().string();
  return name == "heartbeat" || name == "heartbeat (deleted)";
}

RunningDaemon look_up(const std::filesystem::path& pid_file) {
  const std::string text = first_bytes(pid_file);
  const std::size_t begin = text.find_first_not_of(" \t\n");
  pid_t pid = 0;
  if (begin == std::string::npos ||
      std::from_chars(text.data() + begin, text.data() + text.size(), pid).ec != std::errc{} ||
      pid <= 0)
    return {};
  return {is_heartbeat(pid) ? RunState::kRunning : RunState::kStale, pid};
}

PidFile::~PidFile() {
  if (fd_ >= 0) ::close(fd_);
}

PidFile::PidFile(PidFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

PidFile& PidFile::operator=(PidFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

std::optional<PidFile> PidFile::claim(const std::filesystem::path& path, int& error) {
  PidFile file;
  file.path_ = path;
  file.fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  const std::string text = pid_file_text(::getpid());
  if (file.fd_ < 0 || ::flock(file.fd_, LOCK_EX | LOCK_NB) != 0 || ::ftruncate(file.fd_, 0) != 0 ||
      ::fchmod(file.fd_, 0644) != 0 ||
      ::pwrite(file.fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    error = errno;
    return std::nullopt;
  }
  error = 0;
  return file;
}

void PidFile::remove() {
  if (fd_ < 0) return;
  ::unlink(path_.c_str());
  ::close(std::exchange(fd_, -1));
}

}  // namespace um::heartbeat
