// logd.hpp - lines for ha_logd, the logging daemon of cluster-glue, over its local socket.
//
// Spec: heartbeat-api 11.4. One frame per line, no answer. Never waits: a daemon that is not there
// or does not read costs the attempt, and the caller writes the line elsewhere; a lost connection
// is tried again with a line `retry` after the last attempt.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/log.hpp"

namespace um {

/// The frame of one line; pure. `priority` and `facility` are syslog's numbers.
std::string logd_frame(const LogLine& line, std::string_view entity, int facility, int priority);

class Logd {
 public:
  Logd(std::string socket, std::chrono::milliseconds retry);
  ~Logd();
  Logd(const Logd&) = delete;
  Logd& operator=(const Logd&) = delete;

  /// False when ha_logd has not taken the line.
  bool send(const std::string& frame);

 private:
  bool connect();
  void close();

  std::string socket_;
  std::chrono::milliseconds retry_;
  std::chrono::steady_clock::time_point tried_{};
  int fd_ = -1;
};

}  // namespace um
