// pgsql.hpp - pgsql: log in, ask one query, expect a row (ldirectord-runtime 11.3, decision L32).
//
// By libpq's non-blocking interface, loaded when needed. TLS when the server offers it; the
// password by whatever method the server asks for.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_pgsql(const Probe& probe);

}  // namespace um::checks
