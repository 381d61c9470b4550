// stream.hpp - a TCP or TLS conversation with a server, for the dialogues of the checks.
//
// Every operation is a coroutine; an error of the network ends the check as a Failure that says
// what was being done. Nothing here has a timer: the deadline of the whole check cancels whatever
// it is waiting for.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

#include "checks/check.hpp"

namespace um::checks {

class Stream {
 public:
  Stream();
  ~Stream();
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;

  /// Connects; `limit` bounds this phase alone, zero means only the check's own deadline does.
  static boost::asio::awaitable<Stream> connect(Target target,
                                                std::chrono::milliseconds limit = {});

  /// The TLS handshake, with the certificate judged by `probe.tls_verify` (decision L12): what is
  /// wrong is either a Failure or becomes the outcome's notice.
  boost::asio::awaitable<void> start_tls(const Probe& probe, Outcome& outcome);

  /// What this end is doing, for the reasons of failures: "waiting for the greeting".
  void now(std::string_view doing) { doing_ = doing; }

  boost::asio::awaitable<void> write(std::string_view bytes);
  /// At least one byte, or 0 at the end of the stream.
  boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer buffer);
  /// One line without its line end; Failure past 64 KiB or when the stream ends before the line.
  boost::asio::awaitable<std::string> line();
  /// The same; nothing at the end of the stream, where a last line may lack its line end.
  boost::asio::awaitable<std::optional<std::string>> next_line();
  /// Sends the end of our side, keeps reading possible.
  void half_close();
  /// The local end as the operating system chose it, "192.0.2.1:40312"; some protocols quote it.
  std::string local_endpoint() const;
  boost::asio::ip::address local_address() const;

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
  std::string_view doing_ = "connecting";
  std::string unread_;
  bool cut_short_ = false;  // the last line had no line end
};

}  // namespace um::checks
