// pop.hpp - pop and pops: greeting, login by APOP or USER/PASS when one is configured, STAT
// (ldirectord-runtime 11.3, decision L18).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_pop(const Probe& probe);

}  // namespace um::checks
