// radius.hpp - radius: a PAP Access-Request that must be accepted (RFC 2865;
// ldirectord-runtime 11.3).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_radius(const Probe& probe);

}  // namespace um::checks
