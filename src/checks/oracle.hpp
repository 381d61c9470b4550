// oracle.hpp - oracle: log in, ask one query, expect a row, through ODBC (ldirectord-runtime 11.3,
// decision L11).
//
// `database` is the SID. The driver is the first one of odbcinst.ini that has Oracle in its name.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_oracle(const Probe& probe);

}  // namespace um::checks
