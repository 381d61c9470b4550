#include "heartbeat/watchdog.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace um::heartbeat {

Watchdog::~Watchdog() {
  close();
}

void Watchdog::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Watchdog::open(const std::string& device, std::chrono::milliseconds deadtime) {
  fd_ = ::open(device.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) {
    log_.error("Cannot open watchdog device: {}", device);
    return;
  }
  log_.notice("Using watchdog device: {}", device);
  // 10 ms more than the peers wait, in whole seconds upwards (spec ha-cf 6).
  int seconds = static_cast<int>((deadtime.count() + 10 + 999) / 1000);
  if (::ioctl(fd_, WDIOC_SETTIMEOUT, &seconds) != 0)
    log_.error("WDIOC_SETTIMEOUT: Failed to set watchdog timer to {} seconds.: {}", seconds,
               std::strerror(errno));
}

void Watchdog::feed() {
  if (fd_ < 0 || ::write(fd_, "", 1) == 1) return;
  log_.error("Watchdog write failure, closing the device: {}", std::strerror(errno));
  close();
}

void Watchdog::disarm() {
  if (fd_ < 0) return;
  if (::write(fd_, "V", 1) != 1)
    log_.error("Watchdog cannot be disarmed: {}", std::strerror(errno));
  close();
}

}  // namespace um::heartbeat
