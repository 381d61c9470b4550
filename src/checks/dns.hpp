// dns.hpp - dns: one query for an address, or for the name of an address; UDP or TCP as the virtual
// service (ldirectord-runtime 11.3).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_dns(const Probe& probe);

}  // namespace um::checks
