// mysql.hpp - mysql: log in, ask one query, expect a row (ldirectord-runtime 11.3, decision L32).
//
// By libmariadb's non-blocking interface, loaded when needed.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_mysql(const Probe& probe);

}  // namespace um::checks
