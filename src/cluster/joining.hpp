// joining.hpp - when a starting node takes part in the cluster (wire 7.4, decisions W17 and W18).
//
// First every normal node must have been heard or declared dead (ping nodes are given two
// keepalives); then a live peer is asked for its list of nodes; its answer, or nobody to ask, is
// comm-up.
#pragma once
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "cluster/outbox.hpp"
#include "cluster/roster.hpp"

namespace um::cluster {

class Joining {
 public:
  Joining(const Config& config, Roster& roster) : config_(config), roster_(roster) {}

  void start(TimePoint now) { started_ = now; }
  /// Look again after any event. True once: communication is up now.
  bool advance(TimePoint now, bool may_ask, Outbox& out);
  void node_list_arrived() { answered_ = true; }

  bool links_up() const { return stage_ != Stage::kWaiting; }
  bool done() const { return stage_ == Stage::kDone; }
  std::optional<TimePoint> next_deadline() const;

 private:
  enum class Stage : std::uint8_t { kWaiting, kAsking, kDone };

  bool everybody_known() const;
  const Peer* next_to_ask() const;

  const Config& config_;
  Roster& roster_;
  Stage stage_ = Stage::kWaiting;
  TimePoint started_{};
  bool pings_had_time_ = false;
  std::string asked_;  // the node asked last
  TimePoint ask_again_{};
  bool answered_ = false;
};

}  // namespace um::cluster
