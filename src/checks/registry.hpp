// registry.hpp - the one table of check types: a new check is a file beside this one and a line
// here.
#pragma once
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

using Check = boost::asio::awaitable<Outcome> (*)(const Probe&);

/// The dialogue for a probe; nullptr when there is none, which run_check() reports as down with a
/// reason.
Check find_check(const Probe& probe);

}  // namespace um::checks
