// dry_run.hpp - what a start would do to the kernel's table, shown as ipvsadm commands.
#pragma once
#include "ldirectord/roster.hpp"

namespace um::ldirectord {

/// Reads the kernel's table, runs every check once (a minute at most), prints the steps between the
/// two on standard output and changes nothing. Without IPVS the table counts as empty, said on
/// standard error.
int dry_run(const Roster& roster);

}  // namespace um::ldirectord
