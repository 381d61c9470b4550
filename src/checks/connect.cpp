#include "checks/connect.hpp"

#include "checks/stream.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_connect(const Probe& probe) {
  co_await Stream::connect(probe.target, probe.connect_timeout);
  co_return Outcome{true, "connected", {}};
}

}  // namespace um::checks
