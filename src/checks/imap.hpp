// imap.hpp - imap and imaps: greeting, LOGIN when one is configured; never EXPUNGE
// (ldirectord-runtime 11.3, decision L32).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_imap(const Probe& probe);

}  // namespace um::checks
