// script_log.hpp - the log of a resource script: ha_log's rules, for scripts' native helpers.
//
// Where a line goes follows the environment that heartbeat gives its scripts (spec resource-scripts
// 1.1, Debian 12's column): syslog with HA_LOGFACILITY (unless empty or `none`), HA_LOGFILE,
// HA_DEBUGLOG; stderr only when neither facility nor file is set, or when a person at a terminal
// runs the script. HA_LOGTAG replaces the tag.
#pragma once
#include <string>
#include <string_view>

namespace um::tools {

class ScriptLog {
 public:
  /// `instance` may be empty.
  ScriptLog(std::string_view script, std::string_view instance);

  /// `text` begins with its level word, as `info: ...` or `ERROR: ...`.
  void write(const std::string& text) const;

 private:
  std::string tag_;
};

/// The syslog priority that the words in a text ask for: ERROR, WARN, INFO or info, else notice.
int syslog_priority(std::string_view text);

}  // namespace um::tools
