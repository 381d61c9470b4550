// retransmitter.hpp - asking for lost messages and serving those that peers lost (wire 6.4 to 6.6).
#pragma once
#include <optional>

#include "base/clock.hpp"
#include "cluster/config.hpp"
#include "cluster/history.hpp"
#include "cluster/outbox.hpp"
#include "cluster/receiver.hpp"
#include "cluster/roster.hpp"

namespace um::cluster {

class Retransmitter {
 public:
  Retransmitter(const Config& config, Roster& roster, Receiver& receiver)
      : config_(config), roster_(roster), receiver_(receiver) {}

  SendHistory& history() { return history_; }
  const SendHistory& history() const { return history_; }

  /// Sends the NS_rexmit requests that are due.
  void request_due(TimePoint now, Outbox& out);
  std::optional<TimePoint> next_deadline() const;

  /// NS_rexmit for us: resends, or refuses with NS_nak_rexmit.
  void serve(Peer& peer, const wire::Message& request, TimePoint now, Outbox& out);
  /// NS_nak_rexmit, to us or to another: stop waiting. True when a missing number was given up.
  bool refused(Peer& peer, const wire::Message& refusal, TimePoint now, Outbox& out);

 private:
  const Config& config_;
  Roster& roster_;
  Receiver& receiver_;  // its rate-limited log
  SendHistory history_;
};

}  // namespace um::cluster
