// peer.hpp - what we know of one node (wire 6.1); we have an entry of ourselves too.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cluster/config.hpp"
#include "cluster/links.hpp"
#include "cluster/rexmit.hpp"
#include "cluster/sequence.hpp"
#include "cluster/view.hpp"
#include "wire/message.hpp"

namespace um::cluster {

struct Peer {
  std::string name;
  NodeKind kind = NodeKind::kNormal;
  bool configured = true;  // named in ha.cf: only delnode removes it (decision W19)

  NodeStatus status = NodeStatus::kInit;
  bool heard = false;  // any packet since we started
  Uuid uuid{};
  std::uint64_t generation = 0;  // 0: none heard yet
  std::int64_t newest_ts = 0;
  bool new_pair = false;  // last status had um=1
  bool protocol = true;   // last status had `protocol`: it acknowledges
  unsigned weight = 100;
  std::string site;

  // ---- liveness
  TimePoint alive_at{};               // last status, or when we began to wait for one
  bool status_heard = false;          // a status since our start or its restart
  std::uint64_t status_number = 0;    // highest `seq` of its status messages
  std::optional<Duration> announced;  // its `dt`, clamped
  bool clamp_warned = false;
  Links links;

  // ---- receiving
  ReceiveSequence received;
  RexmitSchedule wanted;
  // Messages that came before the status that must introduce them: from which number on to ask
  // again.
  std::uint64_t early_generation = 0;
  std::uint64_t early_number = 0;
  unsigned ack_trigger = 0;              // we acknowledge numbers that end in this digit
  std::uint64_t acknowledged_to_it = 0;  // highest number of its that we acknowledged
  std::vector<wire::Message> held;       // hbapi-clstat messages that wait for missing ones

  // ---- sending
  std::uint64_t acked = 0;         // highest number of ours that it acknowledged
  std::uint64_t counted_from = 0;  // it need not acknowledge what we sent before we heard it

  bool alive() const { return status == NodeStatus::kUp || status == NodeStatus::kActive; }
  bool normal() const { return kind == NodeKind::kNormal; }
};

}  // namespace um::cluster
