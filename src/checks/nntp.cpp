#include "checks/nntp.hpp"

#include "checks/stream.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_nntp(const Probe& probe) {
  Stream server = co_await Stream::connect(probe.target, probe.connect_timeout);
  server.now("waiting for the greeting");
  const std::string greeting = co_await server.line();
  co_return Outcome{greeting.starts_with('2'), "greeting: " + greeting, {}};
}

}  // namespace um::checks
