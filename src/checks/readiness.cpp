#include "checks/readiness.hpp"

#include <memory>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <fmt/format.h>

#include "checks/failure.hpp"

namespace um::checks {
namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

asio::awaitable<void> ready(int socket, Direction direction, std::string_view doing,
                            std::chrono::milliseconds limit) {
  const auto executor = co_await asio::this_coro::executor;
  // A duplicate, so that nothing is left in the event loop when the library closes its own.
  const int duplicate = ::fcntl(socket, F_DUPFD_CLOEXEC, 3);
  if (duplicate < 0) throw failure_of({errno, boost::system::generic_category()}, doing);
  Descriptor descriptor(executor, duplicate);
  asio::steady_timer timer(executor);
  // The token outlives a timer handler that is already queued when this frame ends.
  auto over = std::make_shared<bool>(false);
  if (limit.count() > 0) {
    timer.expires_after(limit);
    timer.async_wait([&descriptor, token = std::weak_ptr(over)](boost::system::error_code error) {
      auto expired = token.lock();
      if (error || !expired) return;
      *expired = true;
      descriptor.close(error);
    });
  }
  const auto what = direction == Direction::kRead ? Descriptor::wait_read : Descriptor::wait_write;
  auto [error] = co_await descriptor.async_wait(what, asio::as_tuple(asio::use_awaitable));
  timer.cancel();
  if (*over) throw Failure{fmt::format("no connection within {} ms", limit.count())};
  if (error) throw failure_of(error, doing);
}

}  // namespace um::checks
