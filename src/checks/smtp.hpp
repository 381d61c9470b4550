// smtp.hpp - smtp and submission: greeting, EHLO (or HELO), QUIT (ldirectord-runtime 11.3).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_smtp(const Probe& probe);

}  // namespace um::checks
