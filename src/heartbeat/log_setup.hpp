// log_setup.hpp - from the logging lines of ha.cf to a Log, in the legacy formats.
//
// Our own lines: spec ha-cf 11. Lines told in the name of a script (ResourceManager, mach_down,
// ...; LogLine::tag): spec heartbeat-resources 8, three different shapes for log file, debug file
// and syslog.
#pragma once
#include "base/log.hpp"
#include "parsers/ha_cf.hpp"

namespace um::heartbeat {

/// Where lines go when ha.cf could not be read: stderr.
LogSettings log_before_configuration(int debug_level);

/// With nothing configured, or use_logd: to ha_logd when that takes the line; else to syslog
/// facility daemon and the files that are named all the same (decision H25).
LogSettings log_settings(const parsers::HaConfig& config, int debug_level, bool to_stderr);

/// The log files belong to the cluster's user, so that its clients can write them.
void give_log_files_to(const std::string& user, const LogSettings& settings, Log& log);

}  // namespace um::heartbeat
