// serial.hpp - heartbeats over a null-modem cable.
//
// Spec: heartbeat wire 4. The line strips the eighth bit and carriage returns, so only string form
// passes; packets go out in pieces with pauses as long as the line needs, in order, and a packet
// that does not fit into the bounded queue behind a stuck line is dropped with the legacy warning.
// The tty is locked by a UUCP lock file. A tty that vanishes (USB) is opened again when it is back.
#pragma once
#include <deque>
#include <filesystem>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "media/medium.hpp"
#include "media/reader.hpp"
#include "media/send_trouble.hpp"
#include "wire/stream.hpp"

namespace um::media {

/// `LCK..NAME` with our pid in it, removed when the object goes.
class TtyLock {
 public:
  static constexpr const char* kDirectory = "/var/lock";

  /// Nothing when a live process holds the lock; a stale one is taken over.
  static std::optional<TtyLock> take(const std::filesystem::path& tty,
                                     const std::filesystem::path& directory);
  ~TtyLock();
  TtyLock(TtyLock&& other) noexcept : file_(std::exchange(other.file_, {})) {}
  TtyLock& operator=(TtyLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }

 private:
  explicit TtyLock(std::filesystem::path file) : file_(std::move(file)) {}
  std::filesystem::path file_;
};

class SerialMedium final : public Medium {
 public:
  SerialMedium(boost::asio::any_io_executor executor, std::string tty, int baud, Say say,
               std::filesystem::path lock_directory = TtyLock::kDirectory);

  std::optional<std::string> start(OnPacket on_packet) override;
  void send(std::string_view packet) override;
  wire::Form form(const wire::Message&, wire::Form) const override { return wire::Form::kString; }

 private:
  static constexpr std::size_t kChunk = 512;
  static constexpr std::size_t kMostQueued = 32 * 1024;
  static constexpr std::chrono::milliseconds kStuck{500};
  static constexpr std::chrono::hours kWarnInterval{1};

  std::optional<std::string> open();
  void close();
  void send_break();
  void write_some();
  void schedule(std::chrono::milliseconds delay);
  void after(boost::asio::steady_timer& timer, std::chrono::milliseconds delay,
             std::function<void()> work);
  void warn_stuck(TimePoint now);
  Reader::Found receive(int fd);

  boost::asio::any_io_executor executor_;
  std::string tty_;
  int baud_;
  Say say_;
  SendTrouble trouble_;
  std::filesystem::path lock_directory_;
  std::optional<TtyLock> lock_;
  OnPacket on_packet_;
  wire::StreamReader stream_;
  std::deque<std::string> queue_;
  std::size_t queued_ = 0;   // bytes in queue_
  std::size_t written_ = 0;  // of the first packet in queue_
  bool writing_ = false;     // the timer will go on with the queue
  TimePoint progress_{};     // when a byte was last accepted, or the queue began
  std::optional<TimePoint> warned_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer break_timer_;
  std::unique_ptr<Reader> reader_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for handlers that come too late
};

}  // namespace um::media
