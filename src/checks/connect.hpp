// connect.hpp - checktype connect: a TCP connection that is opened and closed, nothing sent
// (ldirectord-runtime 11.1).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_connect(const Probe& probe);

}  // namespace um::checks
