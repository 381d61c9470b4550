#include "media/serial.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/ioctl.h>
#include <termios.h>

#include "media/tty.hpp"

namespace um::media {

using namespace std::chrono_literals;

SerialMedium::SerialMedium(boost::asio::any_io_executor executor, std::string tty, int baud,
                           Say say, std::filesystem::path lock_directory)
    : Medium("serial", tty),
      executor_(executor),
      tty_(std::move(tty)),
      baud_(baud),
      say_(say),
      trouble_("serial " + tty_, std::move(say)),
      lock_directory_(std::move(lock_directory)),
      timer_(executor),
      break_timer_(executor) {}

std::optional<std::string> SerialMedium::start(OnPacket on_packet) {
  on_packet_ = std::move(on_packet);
  if (auto reason = open()) return fmt::format("serial {}: {}", tty_, *reason);
  return std::nullopt;
}

std::optional<std::string> SerialMedium::open() {
  if (!lock_) lock_ = TtyLock::take(tty_, lock_directory_);
  if (!lock_) return fmt::format("cannot lock line {}", tty_);
  std::string error;
  Fd fd = open_tty(tty_, baud_, error);
  if (!fd) return error;
  reader_ = std::make_unique<Reader>(executor_, std::move(fd),
                                     [this](int readable) { return receive(readable); });
  stream_ = {};
  send_break();
  say_(LogLevel::kInfo,
       fmt::format("glib: Starting serial heartbeat on tty {} ({} baud)", tty_, baud_));
  return std::nullopt;
}

void SerialMedium::close() {
  timer_.cancel();
  break_timer_.cancel();
  reader_.reset();
  queue_.clear();
  queued_ = written_ = 0;
  writing_ = false;
}

// Makes the peer's line discipline throw away what half a packet left there (BRKINT). tcsendbreak()
// would block for a quarter of a second.
void SerialMedium::send_break() {
  if (::ioctl(reader_->fd(), TIOCSBRK) != 0) return;  // ptys have no breaks
  writing_ = true;
  after(break_timer_, 250ms, [this] {
    ::ioctl(reader_->fd(), TIOCCBRK);
    write_some();
  });
}

void SerialMedium::send(std::string_view packet) {
  TimePoint now = read_clock().monotonic;
  if (packet.ends_with('\0')) packet.remove_suffix(1);
  if (packet.starts_with("###")) return;  // netstring cannot pass a line that strips bits
  if (!reader_)
    if (auto reason = open()) return trouble_.failed(*reason, now);
  if (queue_.empty()) progress_ = now;
  if (now - progress_ > kStuck) warn_stuck(now);
  if (queued_ + packet.size() > kMostQueued) return;
  queue_.emplace_back(packet);
  queued_ += packet.size();
  if (!writing_) write_some();
}

void SerialMedium::warn_stuck(TimePoint now) {
  if (warned_ && now - *warned_ < kWarnInterval) return;
  warned_ = now;
  say_(LogLevel::kWarn, fmt::format("TTY write timeout on [{}] (no connection or bad cable? [see "
                                    "documentation])",
                                    tty_));
}

void SerialMedium::write_some() {
  writing_ = false;
  if (queue_.empty()) return;
  const std::string& packet = queue_.front();
  std::size_t size = std::min(packet.size() - written_, kChunk);
  ssize_t sent = ::write(reader_->fd(), packet.data() + written_, size);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) {
    trouble_.failed(std::strerror(errno), read_clock().monotonic);
    return close();
  }
  if (sent <= 0) return schedule(20ms);
  progress_ = read_clock().monotonic;
  trouble_.worked(progress_);
  written_ += static_cast<std::size_t>(sent);
  if (written_ == packet.size()) {
    queued_ -= packet.size();
    written_ = 0;
    queue_.pop_front();
  }
  schedule(std::chrono::milliseconds(sent * 8 * 1000 / baud_));  // what the line needs (wire 4)
}

void SerialMedium::schedule(std::chrono::milliseconds delay) {
  writing_ = true;
  after(timer_, delay, [this] { write_some(); });
}

// A cancelled timer whose handler already waits in the loop still calls it without error: close()
// has taken the reader then.
void SerialMedium::after(boost::asio::steady_timer& timer, std::chrono::milliseconds delay,
                         std::function<void()> work) {
  timer.expires_after(delay);
  std::weak_ptr<bool> alive = alive_;
  timer.async_wait([this, alive, work = std::move(work)](const boost::system::error_code& error) {
    if (!error && !alive.expired() && reader_) work();
  });
}

Reader::Found SerialMedium::receive(int fd) {
  std::array<char, 4096> buffer;
  ssize_t size = ::read(fd, buffer.data(), buffer.size());
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return Reader::Found::kNothing;
  if (size <= 0) {
    say_(LogLevel::kError, fmt::format("serial {}: the line is gone: {}", tty_,
                                       size == 0 ? "end of file" : std::strerror(errno)));
    close();
    return Reader::Found::kEnd;
  }
  std::weak_ptr<bool> alive = alive_;
  std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
  for (const std::string& packet : stream_.feed(bytes)) {
    on_packet_(packet);
    if (alive.expired()) return Reader::Found::kEnd;
  }
  return Reader::Found::kSomething;
}

}  // namespace um::media
