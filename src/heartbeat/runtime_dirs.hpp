// runtime_dirs.hpp - the directories that must be there before the daemon works.
//
// /run is empty after each boot and the package's tmpfiles may not have run: what is missing is
// made, with the legacy owners and modes (spec ha-cf 10). What is there is left as it is, but for
// rsctmp, which begins empty at each start.
#pragma once
#include "base/log.hpp"
#include "heartbeat/paths.hpp"

namespace um::heartbeat {

/// `fresh_scratch`: empty rsctmp. Not after a crash of the engine: the held resources have their
/// notes there.
void make_runtime_directories(const Paths& paths, bool fresh_scratch, Log& log);

/// Core dumps go to the working directory, which becomes `paths.root_cores()` or below `coreroot`.
void enter_working_directory(const Paths& paths, const std::string& coreroot, bool coredumps,
                             Log& log);

}  // namespace um::heartbeat
