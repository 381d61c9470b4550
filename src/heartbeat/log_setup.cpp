#include "heartbeat/log_setup.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>

#include <sys/utsname.h>
#include <syslog.h>
#include <unistd.h>

#include "base/process.hpp"

namespace um::heartbeat {
namespace {

constexpr std::string_view kEntity = "heartbeat";
constexpr const char* kLogdSocket = "/var/lib/heartbeat/log_daemon";

std::string node_name() {
  utsname names{};
  ::uname(&names);
  return names.nodename;
}

/// YYYY/MM/DD_HH:MM:SS, as the scripts' HA_DATEFMT prints it.
std::string script_time(const LogLine& line) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(line.time);
  std::tm t{};
  ::localtime_r(&seconds, &t);
  return fmt::format("{:04}/{:02}/{:02}_{:02}:{:02}:{:02}", t.tm_year + 1900, t.tm_mon + 1,
                     t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

std::string script_text(const LogLine& line) {
  const std::string_view word = line.level == LogLevel::kNotice ? "info" : word_of(line.level);
  return fmt::format("{}: {}", word, line.text);
}

LogSettings base_settings(int debug_level, bool syslog_format) {
  LogSettings out;
  out.entity = kEntity;
  out.debug_level = debug_level;
  const std::string host = node_name();
  const auto ours = [host, syslog_format](const LogLine& line) {
    return syslog_format ? heartbeat_line(line, host, kEntity) : heartbeat_old_line(line, kEntity);
  };
  out.file_format = [ours](const LogLine& line) {
    if (line.tag.empty()) return ours(line);
    return fmt::format("{}  {}(default)[{}]:    {}", script_time(line), line.tag, line.pid,
                       script_text(line));
  };
  out.debugfile_format = [ours](const LogLine& line) {
    if (line.tag.empty()) return ours(line);
    return fmt::format("{}(default)[{}]:\t{} {}", line.tag, line.pid, script_time(line),
                       script_text(line));
  };
  out.syslog_format = [](const LogLine& line) {
    if (!line.tag.empty()) return script_text(line);
    return fmt::format("[{}]: {}: {}", line.pid, word_of(line.level), line.text);
  };
  return out;
}

void give_file(const std::string& path, const Identity& identity, Log& log) {
  if (path.empty()) return;
  if (::chown(path.c_str(), identity.uid, identity.gid) != 0 && errno != ENOENT)
    log.warn("change_logfile_ownership: failed to chown logfile: {}", std::strerror(errno));
}

}  // namespace

LogSettings log_before_configuration(int debug_level) {
  LogSettings out = base_settings(debug_level, true);
  out.to_stderr = true;
  return out;
}

LogSettings log_settings(const parsers::HaConfig& config, int debug_level, bool to_stderr) {
  const parsers::LogSettingsLines& lines = config.log;
  LogSettings out = base_settings(debug_level, lines.syslogmsgfmt);
  out.to_stderr = to_stderr;
  out.logfile = lines.logfile;
  out.debugfile = lines.debugfile;
  if (lines.logfacility) out.facility = syslog_facility(*lines.logfacility);
  const bool nothing = !out.facility && out.logfile.empty() && out.debugfile.empty();
  if (nothing || (lines.use_logd.value_or(false) && !out.facility)) out.facility = LOG_DAEMON;
  if (lines.use_logd.value_or(nothing)) out.logd_socket = kLogdSocket;
  out.logd_retry = lines.conn_logd_time;
  return out;
}

void give_log_files_to(const std::string& user, const LogSettings& settings, Log& log) {
  if (settings.logfile.empty() && settings.debugfile.empty()) return;
  const std::optional<Identity> identity = find_identity(user);
  if (!identity) {
    log.error("change_logfile_ownership: entry for user {} not found", user);
    return;
  }
  give_file(settings.logfile, *identity, log);
  give_file(settings.debugfile, *identity, log);
}

}  // namespace um::heartbeat
