// environment.hpp - what heartbeat's children find in their environment (spec ha-cf 10,
// heartbeat-resources 5).
//
// Pure. Site scripts read these names, so they are as old as the scripts.
#pragma once
#include <string>

#include "base/process.hpp"
#include "heartbeat/paths.hpp"
#include "parsers/ha_cf.hpp"

namespace um::heartbeat {

/// For respawn clients: `inherited` (the starter's), every recorded directive as HA_<name>, and the
/// fixed ones.
Environment child_environment(const parsers::HaConfig& config, const std::string& own_node,
                              const Paths& paths, Environment inherited, int debug_level);

/// For rc.d and resource scripts: the same and HA_LOGD.
Environment script_environment(Environment child, const parsers::HaConfig& config);

}  // namespace um::heartbeat
