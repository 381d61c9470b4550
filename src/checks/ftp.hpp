// ftp.hpp - ftp: fetch a file over an active data connection and match it (ldirectord-runtime 11.3,
// decisions L18 and L19).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_ftp(const Probe& probe);

}  // namespace um::checks
