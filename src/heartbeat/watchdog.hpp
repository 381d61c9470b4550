// watchdog.hpp - the watchdog device: the machine is reset when the engine stops making progress.
//
// Device contract as with softdog and the old daemon (spec ha-cf 6): opened for writing, a NUL byte
// feeds it, `V` before the orderly close disarms it. When it is fed is the daemon's decision (H29):
// once per keepalive, and only while timers, media and script runner move.
#pragma once
#include <chrono>
#include <string>

#include "base/log.hpp"

namespace um::heartbeat {

class Watchdog {
 public:
  explicit Watchdog(Log& log) : log_(log) {}
  ~Watchdog();  // without disarm(): the device stays armed, and resets the machine
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// A device that cannot be opened is said, and everything goes on without.
  void open(const std::string& device, std::chrono::milliseconds deadtime);
  bool armed() const { return fd_ >= 0; }
  void feed();
  void disarm();

 private:
  void close();
  Log& log_;
  int fd_ = -1;
};

}  // namespace um::heartbeat
