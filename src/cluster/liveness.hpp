// liveness.hpp - how long each node and link may be silent, and what a late status means
// (wire 7.3 to 7.5; decisions W4, W6, W8).
//
// Only judges; Membership acts. Times are exact: a node is overdue from the first nanosecond after
// its limit. After an own pause nobody is overdue before one more keepalive has been heard or
// missed.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cluster/config.hpp"
#include "cluster/outbox.hpp"
#include "cluster/roster.hpp"

namespace um::cluster {

class Liveness {
 public:
  Liveness(const Config& config, Roster& roster) : config_(config), roster_(roster) {}

  /// Every node has been heard of or declared dead: initdead is over.
  void end_initdead() { initdead_over_ = true; }
  /// Silence that `peer` may keep.
  Duration limit(const Peer& peer) const;

  /// We did not run for `gap`.
  void paused(Duration gap, TimePoint now, Outbox& out);

  /// A status of `peer` has arrived: complain if it is late, note when and which dt it announced.
  void status_arrived(Peer& peer, const wire::Message& status, TimePoint now, Outbox& out);

  std::vector<Peer*> overdue(TimePoint now);
  /// Takes the links down whose silence is too long; names them with their node.
  std::vector<std::pair<Peer*, std::string>> overdue_links(TimePoint now);
  std::optional<TimePoint> next_deadline() const;

 private:
  void complain_if_late(const Peer& peer, TimePoint now, Outbox& out) const;

  const Config& config_;
  Roster& roster_;
  bool initdead_over_ = false;
  TimePoint judge_from_{};  // own pause: nobody is judged before
};

}  // namespace um::cluster
