// legacy_takeover.hpp - req_resource and mach_down (spec heartbeat-resources 5).
//
// The daemon does natively what these do; they are here for rc.d scripts of users and for people.
#pragma once
#include <string>

#include "tools/resource_manager.hpp"

namespace um::tools {

/// Asks for one of this node's groups, unless its first resource is active already: the other node
/// (legacy), or nobody (HA_DONTASK=yes, HA_NICEFAILBACK=yes), by answering for it.
int req_resource(ResourceManager& manager, const std::string& node, const std::string& key);

/// Takes every group of a dead node and says so to the cluster.
int mach_down(ResourceManager& manager, const std::string& program, const std::string& self,
              std::string node);

}  // namespace um::tools
