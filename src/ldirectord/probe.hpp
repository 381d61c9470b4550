// probe.hpp - each check of a configuration once, and what came of it, for the admin who asks "why
// is it down?".
#pragma once
#include <string>

#include "ldirectord/roster.hpp"

namespace um::ldirectord {

/// Runs the checks of the real server `real` ("address" or "address:port"; empty: of all) in the
/// virtual service `virtual_name` (empty: in all), all at once and each with its own deadline, and
/// prints a line for each: virtual service, real server, up or down, seconds, reason. Touches
/// neither the kernel's table nor a running director. 0: all are up; 1: one is down; 2: nothing has
/// that name.
int probe(const Roster& roster, const std::string& real, const std::string& virtual_name);

}  // namespace um::ldirectord
