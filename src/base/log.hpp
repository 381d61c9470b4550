// log.hpp - one line of log, to syslog, files and stderr, in the words and shapes scripts grep for.
//
// A Log is passed by reference to whoever has something to say; there is no global one. Each sink
// has a formatter, so the heartbeat family and ldirectord keep their different legacy line formats
// (spec ha-cf 11, ldirectord-runtime). Debug lines go to the debug file, syslog and stderr, never
// to the log file; all others go to both files.
//
// write() never blocks its caller once run_in_background() was called: lines wait in a bounded
// queue for one writer thread, and when the disk or syslog hangs the newest lines are dropped and
// counted, with one line that says so. Files are opened in append mode and reopened when they were
// rotated. A file that cannot be opened costs one syslog line per attempt and nothing else.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sys/types.h>

namespace um {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kNotice, kWarn, kError, kCrit };

/// "debug" "info" "notice" "WARN" "ERROR" "CRIT": the words of the heartbeat family.
std::string_view word_of(LogLevel level);

struct LogLine {
  LogLevel level = LogLevel::kInfo;
  std::string text;
  std::chrono::system_clock::time_point time;
  pid_t pid = 0;
  std::string tag;  // of a line told on behalf of a script; empty: the log's own entity
};

/// `Mon DD HH:MM:SS host entity: [pid]: LEVEL: text`
std::string heartbeat_line(const LogLine& line, std::string_view host, std::string_view entity);
/// `entity[pid]: YYYY/MM/DD_HH:MM:SS LEVEL: text` (syslogmsgfmt off, the releases up to 2.1)
std::string heartbeat_old_line(const LogLine& line, std::string_view entity);

/// Facility number of a logfacility word (`local0`, `daemon`, ...); nothing for an unknown word.
std::optional<int> syslog_facility(std::string_view word);

struct LogSettings {
  using Format = std::function<std::string(const LogLine&)>;

  std::string entity;           // syslog tag, as `heartbeat` in `heartbeat: [pid]: info: ...`
  std::optional<int> facility;  // nothing: no syslog
  std::string logfile;          // empty: none
  std::string debugfile;        // empty: none
  bool to_stderr = false;
  int debug_level = 0;      // kDebug lines are dropped while this is 0
  Format file_format;       // unset: heartbeat_line with this machine's name
  Format debugfile_format;  // unset: file_format
  Format syslog_format;     // text after the tag; unset: `[pid]: LEVEL: text`
  std::string syslog_socket = "/dev/log";
  std::string logd_socket;  // ha_logd's; lines that it takes go nowhere else but to stderr
  std::chrono::milliseconds logd_retry{60'000};
};

class Log {
 public:
  explicit Log(LogSettings settings = {});
  ~Log();  // writes what is queued, waiting at most a second for a hanging disk
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Takes effect with the next line. The files are reopened.
  void configure(LogSettings settings);
  const LogSettings& settings() const { return settings_; }
  void set_debug_level(int level);

  /// From here on lines are written by a thread of our own. Call after the last fork that goes on
  /// without exec.
  void run_in_background();
  /// Waits until everything queued has been written, at most `limit`.
  void flush(std::chrono::milliseconds limit = std::chrono::seconds(1));

  bool debugging(int level = 1) const { return settings_.debug_level >= level; }
  void write(LogLevel level, std::string_view text);
  /// A line of another process (a client's), under that process's number.
  void write(LogLevel level, std::string_view text, pid_t pid);
  /// A line in the name of a script (`ResourceManager`): the formats see the tag.
  void write_as(std::string_view tag, LogLevel level, std::string_view text);

  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (debugging()) say(LogLevel::kDebug, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    say(LogLevel::kInfo, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void notice(fmt::format_string<Args...> format, Args&&... args) {
    say(LogLevel::kNotice, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    say(LogLevel::kWarn, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    say(LogLevel::kError, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void crit(fmt::format_string<Args...> format, Args&&... args) {
    say(LogLevel::kCrit, format, std::forward<Args>(args)...);
  }

 private:
  void put(LogLine line);
  template <class... Args>
  void say(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
    write(level, fmt::vformat(format, fmt::make_format_args(args...)));
  }

  class Sinks;
  class Writer;
  LogSettings settings_;
  std::shared_ptr<Sinks> sinks_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace um
