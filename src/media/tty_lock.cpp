// The lock file that UUCP, minicom and getty understand: the pid in ten columns and a newline.
#include <cerrno>
#include <csignal>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

#include "media/serial.hpp"

namespace um::media {
namespace {

bool held_by_a_live_process(const std::filesystem::path& file) {
  pid_t pid = 0;
  std::ifstream(file) >> pid;
  return pid > 0 && pid != ::getpid() && (::kill(pid, 0) == 0 || errno == EPERM);
}

}  // namespace

std::optional<TtyLock> TtyLock::take(const std::filesystem::path& tty,
                                     const std::filesystem::path& directory) {
  std::filesystem::path file = directory / ("LCK.." + tty.filename().string());
  for (int attempt = 0; attempt < 2; ++attempt) {
    Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (fd) {
      std::string pid = fmt::format("{:10}\n", ::getpid());
      if (::write(fd.get(), pid.data(), pid.size()) != static_cast<ssize_t>(pid.size()))
        return std::nullopt;
      return TtyLock(std::move(file));
    }
    if (errno != EEXIST || held_by_a_live_process(file)) return std::nullopt;
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
  return std::nullopt;
}

TtyLock::~TtyLock() {
  std::error_code ignored;
  if (!file_.empty()) std::filesystem::remove(file_, ignored);
}

}  // namespace um::media
