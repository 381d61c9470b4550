#include "checks/ping.hpp"

#include <boost/asio/this_coro.hpp>

#include "checks/echo.hpp"

namespace um::checks {
namespace asio = boost::asio;

asio::awaitable<Outcome> check_ping(const Probe& probe) {
  const auto executor = co_await asio::this_coro::executor;
  auto& context = asio::query(executor, asio::execution::context);
  co_await asio::use_service<EchoService>(context).answer_of(probe.target.address);
  co_return Outcome{true, "echo reply", {}};
}

}  // namespace um::checks
