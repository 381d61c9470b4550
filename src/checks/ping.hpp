// ping.hpp - ping: ICMP or ICMPv6 echo (ldirectord-runtime 11.1, decision L33).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_ping(const Probe& probe);

}  // namespace um::checks
