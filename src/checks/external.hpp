// external.hpp - external, external-perl: a command of the admin decides (ldirectord-runtime 11.1,
// decision L30).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_external(const Probe& probe);

}  // namespace um::checks
