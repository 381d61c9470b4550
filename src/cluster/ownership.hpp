// ownership.hpp - which node runs which resource group (spec heartbeat-resources 6, decisions R).
//
// Deterministic and without I/O: it hears of the cluster through the calls below, asks for jobs and
// broadcasts through the Outbox, and keeps book. Own broadcasts come back through message().
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "cluster/outbox.hpp"

namespace um::cluster {

class Ownership {
 public:
  /// Both references must outlive it. `config` may change between calls (reconfigured()).
  Ownership(const Config& config, const ClusterView& cluster);

  /// Communication is up; nodes that were declared dead before were told before.
  void comm_up(Now now, Outbox& out);
  /// Every accepted cluster message but NS_ types; `message.get("src")` is the sender, maybe
  /// ourselves.
  void message(const wire::Message& message, Now now, Outbox& out);
  void node_dead(const NodeDied& node, Now now, Outbox& out);
  /// A higher generation of a node that had not been declared dead, or came back after it.
  void node_restarted(std::string_view node, Now now, Outbox& out);
  /// Same generation after it had been declared dead: a partition has healed (decision R3).
  void node_returned(std::string_view node, Now now, Outbox& out);
  void node_status_changed(const NodeStatusChanged& change, Now now, Outbox& out);
  void job_finished(const JobFinished& job, Now now, Outbox& out);
  /// Released everything: broadcasts `shutdone`; the engine does the rest (wire 7.6 steps 4 and 5).
  void shutdown_requested(bool restart, Now now, Outbox& out);
  void reconfigured(Now now, Outbox& out);

  void tick(Now now, Outbox& out);
  /// When tick() must come next; nothing when only an event can change something.
  std::optional<TimePoint> next_deadline() const;

  /// The word of `cl_status rscstatus`: none, local, foreign, all, transition.
  std::string_view rsc_status() const;
};

}  // namespace um::cluster
