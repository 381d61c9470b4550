#define SYSLOG_NAMES  // for facilitynames
#include "tools/script_log.hpp"

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>

#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

namespace um::tools {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

int facility_named(const std::string& name) {
  for (const CODE* code = facilitynames; code->c_name; ++code)
    if (name == code->c_name) return code->c_val;
  return -1;
}

std::string timestamp() {
  std::string format = environment("HA_DATEFMT");
  if (format.empty()) format = "%b %d %T ";
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char buffer[128];
  return {buffer, std::strftime(buffer, sizeof buffer, format.c_str(), &local)};
}

/// heartbeat's own log daemon, where it is in use. False: not in use, or it did not take the line.
bool told_ha_logd(const std::string& tag, const std::string& text) {
  const std::string use = environment("HA_LOGD") + environment("HA_use_logd");
  if (use.find("yes") == std::string::npos && use.find("on") == std::string::npos) return false;
  const pid_t child = vfork();
  if (child == 0) {
    execlp("ha_logger", "ha_logger", "-t", tag.c_str(), text.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

void append(const std::string& file, const std::string& line) {
  std::ofstream out(file, std::ios::app);
  out << line << '\n';
}

}  // namespace

int syslog_priority(std::string_view text) {
  const auto has = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
  if (has("ERROR")) return LOG_ERR;
  if (has("WARN")) return LOG_WARNING;
  if (has("INFO") || has("info")) return LOG_INFO;
  return LOG_NOTICE;
}

ScriptLog::ScriptLog(std::string_view script, std::string_view instance)
    : tag_(environment("HA_LOGTAG")) {
  if (!tag_.empty()) return;
  tag_ = script;
  if (!instance.empty()) tag_ += '(' + std::string(instance) + ')';
  tag_ += '[' + std::to_string(getpid()) + ']';
}

void ScriptLog::write(const std::string& text) const {
  if (isatty(STDIN_FILENO)) {
    std::cerr << tag_ << ": " << text << '\n';
    return;
  }
  if (told_ha_logd(tag_, text)) return;
  const std::string facility = environment("HA_LOGFACILITY");
  const std::string logfile = environment("HA_LOGFILE");
  const std::string debuglog = environment("HA_DEBUGLOG");
  const int number = facility == "none" ? -1 : facility_named(facility);
  if (number >= 0) {
    openlog(tag_.c_str(), 0, number);
    syslog(syslog_priority(text), "%s", text.c_str());
  }
  const std::string now = timestamp();
  if (!logfile.empty()) append(logfile, now + ' ' + tag_ + ":    " + text);
  if (number < 0 && logfile.empty()) std::cerr << now << text << '\n';
  if (!debuglog.empty() && debuglog != logfile) append(debuglog, tag_ + ":\t" + now + text);
}

}  // namespace um::tools
