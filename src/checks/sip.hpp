// sip.hpp - sip: one OPTIONS request, over the virtual service's protocol
// (ldirectord-runtime 11.3).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_sip(const Probe& probe);

}  // namespace um::checks
