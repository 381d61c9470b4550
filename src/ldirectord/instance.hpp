// instance.hpp - which ldirectord runs for a configuration, and how others find out.
//
// Two marks: the legacy pid file /var/run/ldirectord.INSTANCE.pid, believed when that process'
// command line contains "ldirectord", and a lock on the real path of the configuration, so that the
// unit, the init script and heartbeat, which name instances differently, see one another (decision
// L20) and a supervised one is seen at all (L38). The lock goes with the process, however it ends.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include <sys/types.h>

namespace um::ldirectord {

/// "ldirectord" without an argument, else the last component of the configuration's name.
std::string instance_name(const std::optional<std::string>& config);
std::string pid_file(const std::string& instance);

struct Running {
  pid_t pid = 0;
  std::string instance;  // of the one that runs
  bool stopping = false;
};

struct PidFile {
  bool exists = false;
  std::optional<pid_t> live;  // a living ldirectord
};
PidFile look_at_pid_file(const std::string& path);

/// Who runs for this configuration, under whatever name. `config` is its absolute path; empty when
/// the file is not there.
std::optional<Running> find_running(const std::string& instance, const std::string& config);

/// Waits until that process is gone; false when it still lives at the limit.
bool wait_gone(const Running& running, std::chrono::milliseconds limit);

/// Held by the running daemon.
class InstanceLock {
 public:
  /// Nothing when another process holds it.
  static std::optional<InstanceLock> take(const std::string& config, const std::string& instance);
  InstanceLock(InstanceLock&& other) noexcept;
  InstanceLock& operator=(InstanceLock&&) = delete;
  ~InstanceLock();

  /// Writes down whose lock it is; again after each fork.
  void sign(bool stopping = false);

 private:
  InstanceLock(int file, std::string instance) : file_(file), instance_(std::move(instance)) {}
  int file_ = -1;
  std::string instance_;
};

/// The status socket of the daemon for this configuration.
std::string socket_path(const std::string& config);

}  // namespace um::ldirectord
