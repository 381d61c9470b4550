// start.hpp - the command `heartbeat`: what each verb of its command line does (spec ha-cf 8).
//
// Starting checks the configuration first and changes nothing when it is bad; otherwise it waits
// for the engine's word and returns heartbeat's exit status (decision H7): 0, 6 or 4 for the files,
// 1 for everything after them.
#pragma once
#include "heartbeat/options.hpp"
#include "heartbeat/paths.hpp"
#include "heartbeat/role.hpp"

namespace um::heartbeat {

int run_command(const Options& options, const Paths& paths);

/// A guardian started by an engine whose own one died.
int run_new_guardian(const RoleOrder& order, const Paths& paths);
int run_engine(const RoleOrder& order, const Paths& paths);

}  // namespace um::heartbeat
