// view.hpp - what the rest of the node may ask about the cluster's members.
//
// Answers are snapshots: valid until the next event. Membership implements it; resource ownership,
// the client API and the status tools read it; tests may stand in their own.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/config.hpp"

namespace um::cluster {

/// wire 7.2. kPing is a ping node that answers.
enum class NodeStatus : std::uint8_t { kInit, kUp, kActive, kDead, kPing };

/// The word on the wire, in the log and in the API: init, up, active, dead, ping.
std::string_view to_string(NodeStatus status);

struct LinkView {
  std::string name;
  bool up = false;
};

struct NodeView {
  std::string name;
  NodeKind kind = NodeKind::kNormal;
  NodeStatus status = NodeStatus::kInit;
  bool heard = false;     // a packet of it came in since we started
  bool new_pair = false;  // its last status carried `um=1` (decision G7); true for ourselves
  std::uint64_t generation = 0;
  std::int64_t newest_ts = 0;  // of its own clock: the `ts` of its newest packet
  unsigned weight = 100;
  std::string site;
  Uuid uuid{};  // all zero: not known yet
  std::vector<LinkView> links;
};

class ClusterView {
 public:
  virtual ~ClusterView() = default;

  virtual const std::string& self() const = 0;
  /// Ha.cf order, added nodes last, ourselves included.
  virtual std::vector<NodeView> nodes() const = 0;
  /// kDead for a name we do not know.
  virtual NodeStatus status_of(std::string_view node) const = 0;
  virtual bool is_new_pair(std::string_view node) const = 0;
};

}  // namespace um::cluster
