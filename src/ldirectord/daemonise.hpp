// daemonise.hpp - goes into the background, but keeps the parent until the start is decided.
#pragma once
#include <string>
#include <variant>

namespace um::ldirectord {

/// In the parent: how the daemon's start went. Empty failure: it runs.
struct StartVerdict {
  std::string failure;
};

/// In the daemon: tells the waiting parent, once.
class StartReport {
 public:
  explicit StartReport(int pipe) : pipe_(pipe) {}
  StartReport(StartReport&& other) noexcept : pipe_(std::exchange(other.pipe_, -1)) {}
  StartReport& operator=(StartReport&&) = delete;
  ~StartReport();
  void tell(const std::string& failure);

 private:
  int pipe_;
};

/// Forks twice into a session of its own, with / as directory and /dev/null as standard streams; no
/// other descriptor of the caller but locks survives. Returns in both processes.
std::variant<StartVerdict, StartReport> daemonise();

/// "PID\n" of the calling process, replacing the file as a whole.
void write_pid_file(const std::string& path);

}  // namespace um::ldirectord
