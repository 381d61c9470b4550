#include "cluster/view.hpp"

namespace um::cluster {

std::string_view to_string(NodeStatus status) {
  switch (status) {
    case NodeStatus::kInit: return "init";
    case NodeStatus::kUp: return "up";
    case NodeStatus::kActive: return "active";
    case NodeStatus::kDead: return "dead";
    case NodeStatus::kPing: return "ping";
  }
  return "dead";
}

}  // namespace um::cluster
