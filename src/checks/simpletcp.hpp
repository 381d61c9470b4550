// simpletcp.hpp - simpletcp: send the request, close our side, look for receive in the lines of the
// reply (ldirectord-runtime 11.3).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_simpletcp(const Probe& probe);

}  // namespace um::checks
