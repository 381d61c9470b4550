// node_commands.hpp - hb_addnode, hb_delnode, hb_setweight, hb_setsite.
//
//   hb_addnode NODE...      every node of the cluster takes the nodes in, until its restart
//   hb_delnode NODE...      forgets nodes that are dead
//   hb_setweight NODE N     the node's weight, for quorum
//   hb_setsite NODE SITE    the node's site, for quorum
//
// Spec: heartbeat-api 8. Each writes one message to heartbeat's FIFO and ends with 0 at once,
// whatever comes of it (decision R21); usage and exit code 1 for missing words, which the old ones
// sent as empty fields, for a weight that is no number and for a line end in a word.
#pragma once
#include <string>
#include <vector>

namespace um::tools {

int hb_addnode(const std::vector<std::string>& args);
int hb_delnode(const std::vector<std::string>& args);
int hb_setweight(const std::vector<std::string>& args);
int hb_setsite(const std::vector<std::string>& args);

}  // namespace um::tools
