// daemon.hpp - the director as a running process: one loop, its timers, signals and reloads.
#pragma once
#include <functional>
#include <string>

#include "base/log.hpp"
#include "ldirectord/config_file.hpp"
#include "ldirectord/instance.hpp"

namespace um::ldirectord {

struct DaemonSettings {
  std::string config;    // absolute path, as messages show it
  std::string identity;  // its real path, for the status socket
  std::string instance;  // as in pid files
  std::string program;   // how sub-directors are called
  bool debug = false;
};

/// Called once: empty when the table is in the kernel and the first verdicts are in (decision L21),
/// else what prevents the start.
using Ready = std::function<void(const std::string& failure)>;

/// Runs until a signal ends it; returns the exit status. The table is taken out on the way, unless
/// cleanstop=no.
int run_daemon(const DaemonSettings& settings, Loaded loaded, Log& log, InstanceLock& lock,
               const Ready& ready);

}  // namespace um::ldirectord
