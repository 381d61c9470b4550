// cluster_message.hpp - a message of a command to all nodes, through heartbeat's FIFO.
//
// The daemon adds who, when and the rest, and sends it; this node gets it too (spec
// heartbeat-resources 5). One write, so messages of two commands never mix; the shell helpers of
// old needed three.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace um::tools {

using MessageFields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// ">>>", a line per field, "<<<".
std::string fifo_text(MessageFields fields);

/// Does not wait: without a daemon that reads, nothing is sent and a line on stderr says so. Where
/// the FIFO is: $HA_FIFO, else /var/lib/heartbeat/fifo. A FIFO that does not exist is not created.
/// Returns the command's exit status: 2 for a user who may not write to it, else 0 (decision R21).
int send_to_cluster(MessageFields fields);

}  // namespace um::tools
