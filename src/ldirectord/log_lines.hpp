// log_lines.hpp - where ldirectord logs to, and the shape of its lines (spec ldirectord-runtime
// 10).
#pragma once
#include <string>

#include "base/log.hpp"
#include "parsers/ldirectord_cf.hpp"

namespace um::ldirectord {

/// "Sun Nov 22 07:30:38 2026", local time, whatever the locale.
std::string ctime_text(std::chrono::system_clock::time_point time);

/// -d: bare lines on stderr. supervised: `[DATE] text` on stdout. logfile="/path":
/// `[DATE|INSTANCE|PID] text`. logfile="word": syslog, facility word, ident `ldirectord`, with pid.
LogSettings log_settings(const parsers::Globals& globals, const std::string& instance, bool debug);

}  // namespace um::ldirectord
