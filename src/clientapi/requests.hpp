// requests.hpp - the questions of the client API that need nothing but the node's state; pure.
//
// Spec: heartbeat-api 4.2. One function per verb in requests.cpp; answer() finds it.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "clientapi/node.hpp"

namespace um::clientapi {

/// Frames of the answer, complete. Nothing for a verb that is not one of these.
std::optional<std::vector<wire::Message>> answer(const wire::Message& request, const Node& node);

/// `t=hbapi-resp`, `reqtype` echoed.
wire::Message reply_to(const wire::Message& request);
/// The refusal of a request; without `info` when there is no reason to give.
wire::Message bad_request(const wire::Message& request, std::string_view info);

/// The node of that name, whatever its case.
std::optional<cluster::NodeView> find_node(const Node& node, std::string_view name);

}  // namespace um::clientapi
