// ldap.hpp - ldap and ldaps: simple bind, then the entry named by the request
// (ldirectord-runtime 11.3).
//
// Up when there is exactly one entry and `receive` is found in its name. The messages are made and
// read by OpenLDAP's library; the connection is ours, so TLS is judged as everywhere (L12) and
// nothing can block.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_ldap(const Probe& probe);

}  // namespace um::checks
