// nntp.hpp - nntp: a greeting that begins with 2 (RFC 3977 section 5.1; ldirectord-runtime 11.3).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_nntp(const Probe& probe);

}  // namespace um::checks
