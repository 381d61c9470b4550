// From "communication is up" to the first groups: spec heartbeat-resources 6.2, rows comm up,
// starting, resource and the 10 s timer, with decisions R1 and R5.
#include <algorithm>
#include <utility>

#include "cluster/ownership.hpp"

namespace um::cluster {

using wire::Message;
using namespace std::chrono_literals;

void Ownership::comm_up(Now now, Outbox& out) {
  comm_up_ = true;
  if (!config_.manage_resources) {
    after_event(now, out);
    return;
  }
  std::vector<NodeDied> dead = std::exchange(dead_before_comm_up_, {});
  bool nobody_dead = std::ranges::none_of(
      dead, [](const NodeDied& node) { return node.kind == NodeKind::kNormal; });
  if (!leaving()) {
    if (nobody_dead) foreign_work_done("", out);
    if (nice()) {
      on_comm_up_says_starting(out);
    } else if (config_.held_at_start.empty()) {
      acquire_own(false, out);
    }
    for (const NodeDied& node : dead) on_dead_node(node, out);
  }
  after_event(now, out);
}

void Ownership::on_comm_up_says_starting(Outbox& out) {
  out.broadcast(Message("starting"));
  state_ = State::kStarting;
  // A peer that was up a moment earlier has said `starting` when we could not answer yet; without
  // this answer both would sit out the 10 s timer (decision R1).
  for (const std::string& name : live_peers())
    if (peers_[name].said_starting) {
      send_held(false, out);
      return;
    }
}

void Ownership::on_starting(const Message& message, Outbox& out) {
  std::string_view from = message.get("src");
  if (is_self(from) || !nice()) return;
  Peer& peer = peers_[std::string(from)];
  bool repeated = std::exchange(peer.said_starting, true);
  peer.said_shutdone = false;
  if (state_ == State::kInit || (state_ == State::kBothStarting && repeated)) {
    out.log(LogLevel::kError,
            "Received 'starting' message in state " + std::to_string(static_cast<int>(state_)));
    return;
  }
  if (state_ == State::kStarting) {
    state_ = State::kBothStarting;
    foreign_work_done("HB_R_BOTHSTARTING", out);
  }
  peer.stable = false;
  if (takeover_running_) out.log(LogLevel::kWarn, "T_STARTING received during takeover.");
  send_held(state_ == State::kStable, out);
  audit(out);
}

void Ownership::on_resource(const Message& message, Now now, Outbox& out) {
  if (!nice()) return;
  if (!message.has("rsc_hold")) {
    out.log(LogLevel::kError, "resource message without rsc_hold field.");
    return;
  }
  if (state_ == State::kInit) {
    if (!is_self(message.get("src"))) note_holdings(message, out);
    out.log(LogLevel::kError, "resource message received in state 0");
    return;
  }
  if (state_ == State::kStarting || state_ == State::kBothStarting) {
    state_ = State::kResourcesReceived;
    if (!std::exchange(settle_timer_used_, true)) settle_at_ = now.monotonic + 10s;
  }
  if (is_self(message.get("src")))
    on_resource_from_self(message, out);
  else
    on_resource_from_other(message, now, out);
  audit(out);
}

void Ownership::note_holdings(const Message& message, Outbox& out) {
  Peer& peer = peers_[std::string(message.get("src"))];
  std::uint64_t seq = message.hex("seq").value_or(0);
  if (seq < peer.resource_seq) return;  // overtaken by a newer one on the way
  peer.resource_seq = seq;

  std::string_view word = message.get("rsc_hold");
  auto said = holdings_from(word);
  if (!said)
    out.log(LogLevel::kError, "encode_resources: bad resource type [" + std::string(word) + "]");
  Holdings holds = said.value_or(Holdings::kNone);
  bool replaces = message.get("rtype") == "full" || holds == Holdings::kNone;
  peer.holds = replaces ? holds : peer.holds | holds;
  peer.said_holdings = true;
  peer.took = holdings_from(message.get("umtook")).value_or(Holdings::kNone);
  // On the way down, or into standby, a node says "none" before it has stopped anything: it has
  // given up its groups only when it says so with `shutdone` or `done` (decision R11).
  std::string_view info = message.get("info");
  peer.released = peer.holds == Holdings::kNone && info != "shutdown" && info != "standby";
}

void Ownership::on_resource_from_other(const Message& message, Now now, Outbox& out) {
  std::string from(message.get("src"));
  note_holdings(message, out);
  Peer& peer = peers_[from];
  bool says_stable = message.get("isstable") == "1";
  if (standby_.phase == Phase::kOther && from == standby_.partner &&
      message.get("info") == "standby") {
    standby_.partner_releases = true;
    standby_.until = now.monotonic + kStandbyPatience;
  }
  if (cluster_.is_new_pair(from)) resolve_split_brain(message, now, out);

  bool was_stable = std::exchange(peer.stable, says_stable);
  if (says_stable) partner_says_stable(from, message.hex("seq").value_or(0), now);
  if (says_stable && !was_stable) {
    out.log(LogLevel::kInfo, "remote resource transition completed.");
    send_held(state_ == State::kStable, out);
    want_failback(now);
    foreign_work_done("T_RESOURCES(them)", out);
  }
  if (config_.failback == Failback::kOff) {
    foreign_work_done("T_RESOURCES(them)", out);
    if (has(peer.holds, Holdings::kForeign)) own_work_done("T_RESOURCES(them)", out);
  }
  if (state_ != State::kStable && state_ != State::kShutdown && peer_stable())
    on_peer_became_stable_before_us(now, out);
  else if (says_stable && is_newest(message))
    acquire_orphaned_own(out);
}

void Ownership::on_peer_became_stable_before_us(Now now, Outbox& out) {
  out.log(LogLevel::kInfo, "remote resource transition completed.");
  acquire_own(false, out);
  state_ = State::kStable;
  send_held(true, out);
  want_failback(now);
}

void Ownership::on_resource_from_self(const Message& message, Outbox& out) {
  std::string_view info = message.get("info");
  if (info == "mach_down") {
    out.log(LogLevel::kInfo, "mach_down takeover complete.");
    takeover_running_ = false;
    mine_ = mine_ | Holdings::kForeign;
    failback_wanted_ = true;
    // The message itself says nothing of being stable, which a peer takes for "in transition".
    owe_stable_ = state_ == State::kStable && !leaving() && !live_peers().empty();
    foreign_work_done("mach_down", out);
  }
  if (info == "shutdown") state_ = State::kShutdown;
  if (has(mine_, Holdings::kLocal)) own_work_done("T_RESOURCES(us)", out);
}

/// Decision R1: when every live node has just started and holds nothing, nobody needs to wait.
void Ownership::settle_if_everybody_is_idle(Outbox& out) {
  if (!nice() || leaving() || takeover_running_ || !fences_.empty()) return;
  if (state_ != State::kStarting && state_ != State::kBothStarting &&
      state_ != State::kResourcesReceived)
    return;
  for (const std::string& name : live_peers()) {
    const Peer& peer = peers_[name];
    if (!peer.said_starting || !peer.said_holdings || peer.holds != Holdings::kNone) return;
  }
  settle(out);
}

void Ownership::settle(Outbox& out) {
  state_ = State::kStable;
  settle_at_.reset();
  acquire_own(false, out);
  out.log(LogLevel::kInfo, "local resource transition completed.");
  send_held(true, out);
  if (live_peers().empty()) foreign_work_done("T_RESOURCES", out);
}

/// REQ of spec 6.1. The messages themselves leave at the end of the event, as they left from a
/// child of the old daemon.
void Ownership::acquire_own(bool force, Outbox& out) {
  if (leaving() || state_ == State::kShutdown) return;
  if (nice() && !force && standby_.phase == Phase::kNot &&
      (has(peer_holds(), Holdings::kForeign) || has(mine_, Holdings::kLocal))) {
    out.log(LogLevel::kInfo, "Local Resource acquisition completed. (none)");
    return;
  }
  if (nice()) mine_ = mine_ | Holdings::kLocal;
  own_request_pending_ = true;
}

void Ownership::request_own_groups(Now now, Outbox& out) {
  if (!std::exchange(own_request_pending_, false) || leaving()) return;
  std::vector<std::string> keys = keys_of(Holdings::kLocal);
  bool alone = active_nodes() < 2;
  for (const std::string& key : keys) {
    if (queue_.busy(key) ? state_of(key) != GroupState::kStopping
                         : state_of(key) == GroupState::kHeld)
      continue;
    set_state(key, GroupState::kRequested, now);
    if (nice() || alone)
      answer_ip_request(key, config_.node, true, out);
    else
      out.broadcast(std::move(Message("ip-request").set("ipaddr", key)));
  }
  if (keys.empty())
    out.log(LogLevel::kInfo, "No local resources [/usr/share/heartbeat/ResourceManager listkeys " +
                                 config_.node + "] to acquire.");
  else
    out.log(LogLevel::kInfo, "Local Resource acquisition completed.");
  if (nice()) {
    bool say = may_say_stable() || state_ != State::kStable;
    out.broadcast(resource_message(say && !takeover_running_, "req_our_resources()"));
  }
  if (alone && !nice()) own_work_done("req_our_resources", out);
}

/// Decision R5: our own groups belong to nobody when every live node says what it holds and none of
/// them says ours. The old daemon only logged it.
void Ownership::acquire_orphaned_own(Outbox& out) {
  if (!nice() || leaving() || state_ != State::kStable || takeover_running_) return;
  if (standby_.phase != Phase::kNot || !fences_.empty()) return;
  if (has(mine_, Holdings::kLocal) || has(peer_holds(), Holdings::kForeign)) return;
  for (const std::string& name : live_peers())
    if (!peers_[name].said_holdings || !peers_[name].stable) return;
  acquire_own(true, out);
}

// ---- "Initial resource acquisition complete" ----------------------------------------------------

void Ownership::own_work_done(std::string_view why, Outbox& out) {
  if (announced_) return;
  own_work_done_ = true;
  announce_initial_acquisition(why, out);
}

void Ownership::foreign_work_done(std::string_view why, Outbox& out) {
  if (announced_) return;
  foreign_work_done_ = true;
  announce_initial_acquisition(why, out);
}

void Ownership::announce_initial_acquisition(std::string_view why, Outbox& out) {
  if (!own_work_done_ || !foreign_work_done_ || leaving()) return;
  announced_ = true;
  out.log(LogLevel::kInfo, "Initial resource acquisition complete (" + std::string(why) + ")");
  start_sync_backup();
}

/// Decision S2: on a node that joined as standby the backup daemon of LVSSyncDaemonSwap was never
/// started before the first `stop`; the tutorial shows it running.
void Ownership::start_sync_backup() {
  std::vector<std::string> keys;
  for (const std::string& key : keys_of(Holdings::kAll)) {
    const std::vector<std::string>& words = group_of(key)->resources;
    bool swaps = std::ranges::any_of(words, [](const std::string& word) {
      return word == "LVSSyncDaemonSwap" || word.starts_with("LVSSyncDaemonSwap::");
    });
    if (!swaps) continue;
    bool ours = nice() ? has(mine_, set_of(key)) : set_of(key) == Holdings::kLocal;
    if (ours || queue_.busy(key) || state_of(key) == GroupState::kHeld) return;
    keys.push_back(key);
  }
  if (!keys.empty())
    work({.purpose = Purpose::kInitialStandby}, JobKind::kInitialStandby, keys,
         WorkQueue::Lane::kFree);
}

/// AUDIT of spec 6.1. A line is repeated only when the finding has changed in between.
void Ownership::audit(Outbox& out) {
  if (!nice() || !config_.manage_resources) return;
  Holdings other = peer_holds();
  std::string found;
  auto say = [&](std::string_view text) {
    found += text;
    if (audit_found_.find(text) == std::string::npos) out.log(LogLevel::kError, std::string(text));
  };
  if (has(mine_, Holdings::kLocal) && has(other, Holdings::kForeign))
    say("Both machines own our resources!");
  if (has(mine_, Holdings::kForeign) && has(other, Holdings::kLocal))
    say("Both machines own foreign resources!");
  if (stable() && !leaving() && !own_request_pending_) {
    if (!has(mine_, Holdings::kLocal) && !has(other, Holdings::kForeign))
      say("No one owns our local resources!");
    if (!has(mine_, Holdings::kForeign) && !has(other, Holdings::kLocal))
      say("No one owns foreign resources!");
  }
  audit_found_ = std::move(found);
}

}  // namespace um::cluster
