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
  if (error) throw failure_of(error, "connecting");
}

asio::awaitable<void> Datagram::send(std::string_view bytes) {
  auto [error, sent] = co_await socket_.async_send(asio::buffer(bytes), kResult);
  static_cast<void>(sent);
  if (error) throw failure_of(error, "sending");
}

asio::awaitable<std::string> Datagram::receive() {
  std::string answer(kLargest, '\0');
  auto [error, got] = co_await socket_.async_receive(asio::buffer(answer), kResult);
  if (error) throw failure_of(error, "waiting for the answer");
  answer.resize(got);
  co_return answer;
}

asio::awaitable<std::optional<std::string>> Datagram::receive_within(
    std::chrono::milliseconds limit) {
  std::string answer(kLargest, '\0');
  // The token outlives a timer handler that is already queued when this frame ends.
  auto over = std::make_shared<bool>(false);
  asio::steady_timer timer(socket_.get_executor(), limit);
  timer.async_wait([this, token = std::weak_ptr(over)](boost::system::error_code error) {
    auto expired = token.lock();
    if (error || !expired) return;
    *expired = true;
    socket_.cancel(error);
  });
  auto [error, got] = co_await socket_.async_receive(asio::buffer(answer), kResult);
  timer.cancel();
  if (*over) co_return std::nullopt;
  if (error) throw failure_of(error, "waiting for the answer");
  answer.resize(got);
  co_return answer;
}

}  // namespace um::checks
