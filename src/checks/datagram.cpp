#include "checks/datagram.hpp"

#include <memory>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "checks/failure.hpp"

namespace um::checks {
namespace asio = boost::asio;
using asio::ip::udp;

namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kLargest = 65536;

}  // namespace

Datagram::Datagram(const asio::any_io_executor& executor, Target target) : socket_(executor) {
  const udp::endpoint server(target.address, target.port);
  boost::system::error_code error;
  socket_.open(server.protocol(), error);
  if (!error) socket_.connect(server, error);
  if (!error) socket_.non_blocking(true, error);
  if (error) throw failure_of(error, "connecting");
}

asio::awaitable<void> Datagram::send(std::string_view bytes) {
  auto [error, sent] = co_await socket_.async_send(asio::buffer(bytes), kResult);
  static_cast<void>(sent);
  if (error) throw failure_of(error, "sending");
}

asio::awaitable<std::string> Datagram::receive() {
  for (;;) {
    auto [error] = co_await socket_.async_wait(udp::socket::wait_read, kResult);
    if (error) throw failure_of(error, "waiting for the answer");
    if (auto answer = take()) co_return *std::move(answer);
  }
}

asio::awaitable<std::optional<std::string>> Datagram::receive_within(
    std::chrono::milliseconds limit) {
  // The token outlives a timer handler that is already queued when this frame ends.
  auto over = std::make_shared<bool>(false);
  asio::steady_timer timer(socket_.get_executor(), limit);
  timer.async_wait([this, token = std::weak_ptr(over)](boost::system::error_code error) {
    auto expired = token.lock();
    if (error || !expired) return;
    *expired = true;
    socket_.cancel(error);
  });
  for (;;) {
    auto [error] = co_await socket_.async_wait(udp::socket::wait_read, kResult);
    if (*over) co_return std::nullopt;
    if (error) throw failure_of(error, "waiting for the answer");
    if (auto answer = take()) co_return *std::move(answer);
  }
}

std::optional<std::string> Datagram::take() {
  // One buffer for all: thousands of checks may wait at a time, and any answer may be large.
  static thread_local std::array<char, kLargest> buffer;
  boost::system::error_code error;
  const std::size_t got = socket_.receive(asio::buffer(buffer), 0, error);
  if (error == asio::error::would_block) return std::nullopt;  // its checksum was wrong
  if (error) throw failure_of(error, "waiting for the answer");
  return std::string(buffer.data(), got);
}

}  // namespace um::checks
