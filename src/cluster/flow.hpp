// flow.hpp - acknowledgements both ways, and holding back our API clients (wire 6.7, decision W13).
#pragma once
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "cluster/outbox.hpp"
#include "cluster/roster.hpp"

namespace um::cluster {

class Flow {
 public:
  explicit Flow(Roster& roster) : roster_(roster) {}

  /// False while a live old node does not acknowledge: then nobody does, as its 3.0.6 peers don't.
  bool enabled() const { return enabled_; }
  /// A peer's status came in, or a peer died: see whether all live ones still acknowledge.
  void review(Outbox& out);

  /// Number `number` of `peer` (ourselves too) was accepted: acknowledge if one is due.
  void accepted(Peer& peer, Outbox& out);
  /// Numbering of `peer` begins at `number`; older ones are never acknowledged.
  static void begins_at(Peer& peer, std::uint64_t number);

  /// An NS_ackmsg for us from `peer`. `newest` is the highest number we have sent.
  void acknowledged(Peer& peer, const wire::Message& message, std::uint64_t newest, Outbox& out);
  /// Look at how far the slowest live peer is behind `newest`; pauses or resumes the clients.
  void check(std::uint64_t newest, Outbox& out);
  /// The same after sending; says so when the history fills up. True: log that line now.
  std::optional<Log> filling_up(std::uint64_t newest) const;

 private:
  std::uint64_t unacknowledged(std::uint64_t newest) const;

  Roster& roster_;
  bool enabled_ = true;
  bool clients_paused_ = false;
};

}  // namespace um::cluster
