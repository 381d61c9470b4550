// datagram.hpp - a connected UDP socket for the checks that ask one question.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/udp.hpp>

#include "checks/check.hpp"

namespace um::checks {

class Datagram {
 public:
  /// Failure when the system has no route to the target.
  Datagram(const boost::asio::any_io_executor& executor, Target target);

  boost::asio::awaitable<void> send(std::string_view bytes);
  /// The next answer. Failure when the server refuses (ICMP port unreachable).
  boost::asio::awaitable<std::string> receive();
  /// Sends and waits; what is lost on the way is sent again every `again` until the check's
  /// deadline ends it. The first answer that `accept` takes is returned, others are ignored.
  template <class Accept>
  boost::asio::awaitable<std::string> ask(std::string_view bytes, std::chrono::milliseconds again,
                                          Accept accept);
  boost::asio::ip::udp::endpoint local() const { return socket_.local_endpoint(); }

 private:
  /// Nothing when `limit` passes without an answer.
  boost::asio::awaitable<std::optional<std::string>> receive_within(
      std::chrono::milliseconds limit);
  /// What has arrived; nothing when it was a false alarm.
  std::optional<std::string> take();

  boost::asio::ip::udp::socket socket_;
};

template <class Accept>
boost::asio::awaitable<std::string> Datagram::ask(std::string_view bytes,
                                                  std::chrono::milliseconds again, Accept accept) {
  for (;;) {
    co_await send(bytes);
    auto answer = co_await receive_within(again);
    if (answer && accept(*answer)) co_return *std::move(answer);
  }
}

}  // namespace um::checks
