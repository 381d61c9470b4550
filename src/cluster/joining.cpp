#include "cluster/joining.hpp"

#include <algorithm>

namespace um::cluster {
namespace {

using namespace std::chrono_literals;

constexpr Duration kAnswerTime = 1000ms;
constexpr int kPingKeepalives = 2;  // decision W17

bool can_be_asked(const Peer& peer) {
  return peer.normal() && peer.heard && peer.status != NodeStatus::kDead;
}

}  // namespace

bool Joining::advance(TimePoint now, bool may_ask, Outbox& out) {
  if (stage_ == Stage::kDone) return false;
  if (stage_ == Stage::kWaiting) {
    pings_had_time_ = now >= started_ + Duration(config_.times.keepalive) * kPingKeepalives;
    if (!everybody_known()) return false;
    stage_ = Stage::kAsking;
    ask_again_ = now;
  }
  const Peer* next = may_ask ? next_to_ask() : nullptr;
  if (answered_ || !next) {
    stage_ = Stage::kDone;
    return true;
  }
  if (now < ask_again_) return false;
  asked_ = next->name;
  ask_again_ = now + kAnswerTime;
  wire::Message request("reqnodes");
  request.set("dest", asked_);
  out.broadcast(std::move(request));
  return false;
}

bool Joining::everybody_known() const {
  return std::ranges::all_of(roster_.peers(), [&](const Peer& peer) {
    if (peer.heard || peer.status == NodeStatus::kDead) return true;
    return !peer.normal() && pings_had_time_;
  });
}

// The first live one after the one asked last, in the order of ha.cf, cyclic.
const Peer* Joining::next_to_ask() const {
  const Peer* first = nullptr;
  bool after = asked_.empty();
  for (const Peer& peer : roster_.peers()) {
    if (peer.name == asked_) {
      after = true;
      if (can_be_asked(peer) && !first) first = &peer;
      continue;
    }
    if (roster_.is_self(peer) || !can_be_asked(peer)) continue;
    if (after) return &peer;
    if (!first) first = &peer;
  }
  return first;
}

std::optional<TimePoint> Joining::next_deadline() const {
  if (stage_ == Stage::kDone) return std::nullopt;
  if (stage_ == Stage::kAsking) return ask_again_;
  if (pings_had_time_) return std::nullopt;
  return started_ + Duration(config_.times.keepalive) * kPingKeepalives;
}

}  // namespace um::cluster
