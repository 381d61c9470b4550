#include "base/log.hpp"

#include <array>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <deque>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/local_socket.hpp"
#include "base/logd.hpp"

namespace um {
namespace {

constexpr std::size_t kQueueLimit = 4096;

std::tm local_time(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm out{};
  ::localtime_r(&seconds, &out);
  return out;
}

/// Month names are English whatever the locale: scripts parse them.
std::string syslog_time(std::chrono::system_clock::time_point time) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm t = local_time(time);
  return fmt::format("{} {:02} {:02}:{:02}:{:02}", kMonths[static_cast<std::size_t>(t.tm_mon)],
                     t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

int priority_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return LOG_DEBUG;
    case LogLevel::kInfo: return LOG_INFO;
    case LogLevel::kNotice: return LOG_NOTICE;
    case LogLevel::kWarn: return LOG_WARNING;
    case LogLevel::kError: return LOG_ERR;
    case LogLevel::kCrit: return LOG_CRIT;
  }
  return LOG_INFO;
}

std::string own_host() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // a full disk costs the line, never the daemon
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

/// One log file: opened when first needed, reopened when its name leads to another file.
class File {
 public:
  explicit File(std::string path) : path_(std::move(path)) {}
  ~File() { close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool named() const { return !path_.empty(); }
  const std::string& path() const { return path_; }

  /// False with errno set when the file cannot be opened.
  bool write(std::string_view text) {
    if (fd_ >= 0 && rotated()) close();
    if (fd_ < 0)
      fd_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
    if (fd_ < 0) return false;
    write_all(fd_, text);
    return true;
  }

 private:
  bool rotated() const {
    struct stat named {};
    struct stat open {};
    if (::stat(path_.c_str(), &named) != 0 || ::fstat(fd_, &open) != 0) return true;
    return named.st_ino != open.st_ino || named.st_dev != open.st_dev;
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  std::string path_;
  int fd_ = -1;
};

/// The datagram socket of syslog, spoken to directly: libc's syslog() waits for a slow syslogd.
class Syslog {
 public:
  explicit Syslog(std::string path) : path_(std::move(path)) {}
  ~Syslog() {
    if (fd_ >= 0) ::close(fd_);
  }
  Syslog(const Syslog&) = delete;
  Syslog& operator=(const Syslog&) = delete;

  void send(int priority, std::string_view tag, std::string_view text,
            std::chrono::system_clock::time_point time) {
    const std::tm t = local_time(time);
    const std::string stamp = syslog_time(time);
    // RFC 3164 pads the day with a blank, the log files of heartbeat with a zero.
    std::string packet = fmt::format("<{}>{} {:2} {} {}: {}", priority, stamp.substr(0, 3),
                                     t.tm_mday, stamp.substr(7), tag, text);
    packet.push_back('\0');  // heartbeat's packets end so (spec ha-cf 11)
    if (!transmit(packet)) {
      reconnect();  // syslogd was restarted: its socket is a new one
      transmit(packet);
    }
  }

 private:
  bool transmit(const std::string& packet) {
    return fd_ >= 0 &&
           (::send(fd_, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ||
            errno == EAGAIN || errno == EMSGSIZE);
  }
  void reconnect() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = connect_local(path_, SOCK_DGRAM);
  }

  std::string path_;
  int fd_ = -1;
};

}  // namespace

std::string_view word_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kNotice: return "notice";
    case LogLevel::kWarn: return "WARN";
    case LogLevel::kError: return "ERROR";
    case LogLevel::kCrit: return "CRIT";
  }
  return "info";
}

std::string heartbeat_line(const LogLine& line, std::string_view host, std::string_view entity) {
  return fmt::format("{} {} {}: [{}]: {}: {}", syslog_time(line.time), host, entity, line.pid,
                     word_of(line.level), line.text);
}

std::string heartbeat_old_line(const LogLine& line, std::string_view entity) {
  const std::tm t = local_time(line.time);
  return fmt::format("{}[{}]: {:04}/{:02}/{:02}_{:02}:{:02}:{:02} {}: {}", entity, line.pid,
                     t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
                     word_of(line.level), line.text);
}

std::optional<int> syslog_facility(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, int>, 21> kFacilities = {{
      {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},
      {"daemon", LOG_DAEMON}, {"ftp", LOG_FTP},           {"kern", LOG_KERN},
      {"lpr", LOG_LPR},       {"mail", LOG_MAIL},         {"news", LOG_NEWS},
      {"syslog", LOG_SYSLOG}, {"user", LOG_USER},         {"uucp", LOG_UUCP},
      {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},     {"local2", LOG_LOCAL2},
      {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},     {"local5", LOG_LOCAL5},
      {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7},     {"security", LOG_AUTH},
  }};
  for (const auto& [name, number] : kFacilities)
    if (name == word) return number;
  return std::nullopt;
}

/// Where the lines of one configuration go. Used by one thread at a time.
class Log::Sinks {
 public:
  explicit Sinks(const LogSettings& settings)
      : settings_(settings),
        logfile_(settings.logfile),
        debugfile_(settings.debugfile),
        syslog_(settings.syslog_socket),
        logd_(settings.logd_socket, settings.logd_retry) {
    if (!settings_.file_format)
      settings_.file_format = [host = own_host(), entity = settings.entity](const LogLine& line) {
        return heartbeat_line(line, host, entity);
      };
    if (!settings_.syslog_format)
      settings_.syslog_format = [](const LogLine& line) {
        return fmt::format("[{}]: {}: {}", line.pid, word_of(line.level), line.text);
      };
    if (!settings_.debugfile_format) settings_.debugfile_format = settings_.file_format;
  }

  void write(const LogLine& line) {
    const std::string text = settings_.file_format(line) + "\n";
    if (settings_.to_stderr) write_all(STDERR_FILENO, text);
    if (!settings_.logd_socket.empty() &&
        logd_.send(logd_frame(line, settings_.entity, settings_.facility.value_or(LOG_DAEMON),
                              priority_of(line.level))))
      return;
    if (settings_.facility)
      syslog_.send(*settings_.facility | priority_of(line.level),
                   line.tag.empty() ? settings_.entity : line.tag, settings_.syslog_format(line),
                   line.time);
    if (line.level != LogLevel::kDebug) write_file(logfile_, text, line);
    write_file(debugfile_, settings_.debugfile_format(line) + "\n", line);
  }

 private:
  void write_file(File& file, const std::string& text, const LogLine& line) {
    if (!file.named() || file.write(text)) return;
    const int error = errno;
    syslog_.send(LOG_USER | LOG_ERR, settings_.entity,
                 fmt::format("Failed to open log file {}: {}", file.path(), std::strerror(error)),
                 line.time);
  }

  LogSettings settings_;
  File logfile_;
  File debugfile_;
  Syslog syslog_;
  Logd logd_;
};

/// The thread that waits for the disk so that nobody else has to. What it works on is shared with
/// it, so that a thread stuck in a hanging disk may be left behind at the end of the process.
class Log::Writer {
 public:
  Writer() : queue_(std::make_shared<Queue>()), thread_(work, queue_) {}
  ~Writer() {
    {
      std::lock_guard lock(queue_->mutex);
      queue_->stop = true;
    }
    queue_->wake.notify_all();
    if (wait_idle(std::chrono::seconds(1)))
      thread_.join();
    else
      thread_.detach();
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void add(std::shared_ptr<Sinks> sinks, LogLine line) {
    {
      std::lock_guard lock(queue_->mutex);
      if (queue_->lines.size() >= kQueueLimit) {
        ++queue_->dropped;
        return;
      }
      queue_->lines.emplace_back(std::move(sinks), std::move(line));
    }
    queue_->wake.notify_all();
  }

  /// False when lines are still unwritten after `limit`.
  bool wait_idle(std::chrono::milliseconds limit) {
    std::unique_lock lock(queue_->mutex);
    return queue_->idle.wait_for(lock, limit,
                                 [this] { return queue_->lines.empty() && !queue_->writing; });
  }

 private:
  struct Queue {
    std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable idle;
    std::deque<std::pair<std::shared_ptr<Sinks>, LogLine>> lines;
    std::size_t dropped = 0;
    bool writing = false;
    bool stop = false;
  };

  static void work(const std::shared_ptr<Queue>& queue) {
    std::unique_lock lock(queue->mutex);
    for (;;) {
      queue->wake.wait(lock, [&] { return queue->stop || !queue->lines.empty(); });
      if (queue->lines.empty()) return;
      auto [sinks, line] = std::move(queue->lines.front());
      queue->lines.pop_front();
      const std::size_t dropped = std::exchange(queue->dropped, 0);
      queue->writing = true;
      lock.unlock();
      sinks->write(line);
      if (dropped > 0) sinks->write(lost(line, dropped));
      sinks.reset();
      lock.lock();
      queue->writing = false;
      queue->idle.notify_all();
    }
  }

  static LogLine lost(const LogLine& after, std::size_t count) {
    LogLine line = after;
    line.level = LogLevel::kWarn;
    line.text = fmt::format("{} log lines were lost: the log was not written fast enough", count);
    return line;
  }

  std::shared_ptr<Queue> queue_;
  std::thread thread_;
};

Log::Log(LogSettings settings) {
  configure(std::move(settings));
}

Log::~Log() = default;

void Log::configure(LogSettings settings) {
  settings_ = std::move(settings);
  sinks_ = std::make_shared<Sinks>(settings_);
}

void Log::set_debug_level(int level) {
  settings_.debug_level = level;
}

void Log::run_in_background() {
  if (!writer_) writer_ = std::make_unique<Writer>();
}

void Log::flush(std::chrono::milliseconds limit) {
  if (writer_) writer_->wait_idle(limit);
}

void Log::write(LogLevel level, std::string_view text) {
  write(level, text, ::getpid());
}

void Log::write(LogLevel level, std::string_view text, pid_t pid) {
  put({level, std::string(text), std::chrono::system_clock::now(), pid, {}});
}

void Log::write_as(std::string_view tag, LogLevel level, std::string_view text) {
  put({level, std::string(text), std::chrono::system_clock::now(), ::getpid(), std::string(tag)});
}

void Log::put(LogLine line) {
  if (line.level == LogLevel::kDebug && !debugging()) return;
  if (writer_)
    writer_->add(sinks_, std::move(line));
  else
    sinks_->write(line);
}

}  // namespace um
