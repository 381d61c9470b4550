#include "checks/lookup.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "checks/failure.hpp"

namespace um::checks {
namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<asio::ip::address> look_up(std::string host) {
  boost::system::error_code not_numeric;
  if (auto address = asio::ip::make_address(host, not_numeric); !not_numeric) co_return address;

  // A resolver call cannot be cancelled once the system's resolver works on it, a timer can: so the
  // check waits for a timer that the answer cuts short, and an answer that comes later finds only
  // this shared state.
  struct Shared {
    explicit Shared(const asio::any_io_executor& executor)
        : resolver(executor), answered(executor, asio::steady_timer::time_point::max()) {}
    tcp::resolver resolver;
    asio::steady_timer answered;
    boost::system::error_code error;
    tcp::resolver::results_type results;
    bool done = false;
  };
  auto shared = std::make_shared<Shared>(co_await asio::this_coro::executor);
  shared->resolver.async_resolve(host, "", [shared](auto error, auto results) {
    shared->error = error;
    shared->results = std::move(results);
    shared->done = true;
    shared->answered.cancel();
  });
  auto [waited] = co_await shared->answered.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!shared->done) throw failure_of(waited, fmt::format("looking up {}", host));
  if (shared->error || shared->results.empty())
    throw Failure{fmt::format("cannot look up {}: {}", host, shared->error.message())};
  co_return shared->results.begin()->endpoint().address();
}

}  // namespace um::checks
