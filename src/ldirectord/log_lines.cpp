#include "ldirectord/log_lines.hpp"

#include <array>
#include <ctime>

#include <fmt/format.h>
#include <unistd.h>

namespace um::ldirectord {

std::string ctime_text(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  asctime_r(&parts, text.data());
  std::string line = text.data();
  line.pop_back();
  return line;
}

LogSettings log_settings(const parsers::Globals& globals, const std::string& instance, bool debug) {
  LogSettings settings;
  settings.entity = fmt::format("ldirectord[{}]", getpid());
  settings.syslog_format = [](const LogLine& line) { return line.text; };
  settings.debug_level = debug ? 1 : 0;
  if (debug) {
    settings.to_stderr = true;
    settings.file_format = [](const LogLine& line) { return line.text; };
  } else if (globals.supervised) {
    settings.logfile = "/dev/stdout";
    settings.file_format = [](const LogLine& line) {
      return fmt::format("[{}] {}", ctime_text(line.time), line.text);
    };
  } else if (globals.logfile.starts_with('/')) {
    settings.logfile = globals.logfile;
    settings.file_format = [instance](const LogLine& line) {
      return fmt::format("[{}|{}|{}] {}", ctime_text(line.time), instance, line.pid, line.text);
    };
  } else {
    settings.facility = syslog_facility(globals.logfile);
    if (!settings.facility) settings.facility = syslog_facility("daemon");
  }
  return settings;
}

}  // namespace um::ldirectord
