// outbox.hpp - where membership and ownership put what they want, in order.
//
// Engine empties it after each call: an Action goes to the daemon as it is; a Broadcast gets its
// control fields and its sequence number, is sent, and comes back to both halves as an own message
// AFTER the current call has returned (run to completion: nobody is re-entered, and packets leave
// in the order of their numbers, decision W11).
#pragma once
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cluster/events.hpp"
#include "cluster/view.hpp"

namespace um::cluster {

/// A cluster message without control fields.
struct Broadcast {
  wire::Message message;
};

/// Ask membership for an extra `status` right now.
struct BroadcastStatus {};

// ---- what membership tells ownership ------------------------------------------------------------

struct CommCameUp {};

/// A message that passed every test and is for us (or for all): own ones too. NS_ types never.
/// Membership has already acted on it.
struct MessageAccepted {
  wire::Message message;
};

struct NodeDied {
  std::string node;
  NodeKind kind = NodeKind::kNormal;
  bool heard = false;  // false: never since we started
};

struct NodeRestarted {
  std::string node;
};

struct NodeReturned {
  std::string node;
};

struct NodeStatusChanged {
  std::string node;
  NodeStatus from = NodeStatus::kInit;
  NodeStatus to = NodeStatus::kInit;
};

/// `hb_delnode` removed us, or another reason within membership to leave.
struct LeaveCluster {};

using Notice = std::variant<CommCameUp, MessageAccepted, NodeDied, NodeRestarted, NodeReturned,
                            NodeStatusChanged, LeaveCluster>;

class Outbox {
 public:
  using Item = std::variant<Action, Broadcast, BroadcastStatus, Notice>;

  void log(LogLevel level, std::string text) { act(Log{level, std::move(text)}); }
  void act(Action action) { items_.emplace_back(std::move(action)); }
  void broadcast(wire::Message message) { items_.emplace_back(Broadcast{std::move(message)}); }
  void broadcast_status() { items_.emplace_back(BroadcastStatus{}); }
  void tell(Notice notice) { items_.emplace_back(std::move(notice)); }

  std::vector<Item> take() { return std::exchange(items_, {}); }
  bool empty() const { return items_.empty(); }

 private:
  std::vector<Item> items_;
};

}  // namespace um::cluster
