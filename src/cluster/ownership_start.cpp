// From "communication is up" to the first groups: spec heartbeat-resources 6.2, rows comm up,
// starting, resource and the 10 s timer, with decisions R1 and R5.
#include <algorithm>
#include <utility>

#include "cluster/ownership.hpp"

namespace um::cluster {

using wire::Message;
using namespace std::chrono_literals;

namespace {

/// "nodea,nodeb"; "-" is nobody.
std::set<std::string, std::less<>> names_in(std::string_view list) {
  std::set<std::string, std::less<>> names;
  while (!list.empty()) {
    std::string_view name = list.substr(0, list.find(','));
    if (!name.empty() && name != "-") names.emplace(name);
    list.remove_prefix(std::min(name.size() + 1, list.size()));
  }
  return names;
}

}  // namespace

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

void Ownership::on_starting(const Message& message, Now now, Outbox& out) {
  std::string_view from = message.get("src");
  if (is_self(from) || !nice()) return;
  Peer& peer = peers_[std::string(from)];
  bool repeated = std::exchange(peer.said_starting, true);
  peer.said_shutdone = false;
  // Before we say `starting` ourselves this is no error, but what R1 builds on.
  if (state_ == State::kInit) return;
  if (state_ == State::kBothStarting && repeated) {
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
  audit(now, out);
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
    on_resource_from_self(message, now, out);
  else
    on_resource_from_other(message, now, out);
  audit(now, out);
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
  Nodes homes = homes_said(message, holds);
  if (message.get("rtype") == "full" || holds == Holdings::kNone)
    peer.homes = std::move(homes);
  else
    peer.homes.merge(homes);
  peer.said_holdings = true;
  peer.took = names_in(message.get("umtook"));
  // On the way down, or into standby, a node says "none" before it has stopped anything: it has
  // given up its groups only when it says so with `shutdone` or `done` (decision R11).
  std::string_view info = message.get("info");
  peer.released = peer.homes.empty() && info != "shutdown" && info != "standby";
}

/// A new pair names the nodes; of an old one "foreign" can mean every other node.
Ownership::Nodes Ownership::homes_said(const Message& message, Holdings holds) const {
  if (message.has("umheld")) return names_in(message.get("umheld"));
  std::string_view from = message.get("src");
  // A new pair's mach_down message follows one that names the homes.
  if (cluster_.is_new_pair(from) && message.get("rtype") != "full") return {};
  Nodes homes;
  for (const NodeConfig& node : config_.nodes)
    if (node.kind == NodeKind::kNormal &&
        has(holds, node.name == from ? Holdings::kLocal : Holdings::kForeign))
      homes.insert(node.name);
  return homes;
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
    if (peer.homes.contains(config_.node)) own_work_done("T_RESOURCES(them)", out);
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

void Ownership::on_resource_from_self(const Message& message, Now now, Outbox& out) {
  std::string_view info = message.get("info");
  if (info == "mach_down") {
    out.log(LogLevel::kInfo, "mach_down takeover complete.");
    takeover_running_ = false;
    // By hand it may have been run for any node; natively its home is noted already.
    if (!has(mine(), Holdings::kForeign)) homes_.merge(homes_in(Holdings::kForeign));
    failback_wanted_ = true;
    // The message itself says nothing of being stable, which a peer takes for "in transition".
    owe_stable_ = state_ == State::kStable && !leaving() && !live_peers().empty();
    if (peer_stable() && !live_peers().empty()) want_failback(now);
    foreign_work_done("mach_down", out);
  }
  if (info == "shutdown") state_ = State::kShutdown;
  if (homes_.contains(config_.node)) own_work_done("T_RESOURCES(us)", out);
}

/// Decision R1: when every live node has just started and holds nothing, nobody needs to wait.
void Ownership::settle_if_everybody_is_idle(Outbox& out) {
  if (!nice() || leaving() || takeover_running_ || !fences_.empty()) return;
  if (state_ != State::kStarting && state_ != State::kBothStarting &&
      state_ != State::kResourcesReceived)
    return;
  for (const std::string& name : live_peers()) {
    const Peer& peer = peers_[name];
    if (!peer.said_starting || !peer.said_holdings || !peer.homes.empty()) return;
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
  if (nice() && force && peer_holds(config_.node)) return;  // a third node looks after them
  if (nice() && !force && standby_.phase == Phase::kNot &&
      (peer_holds(config_.node) || homes_.contains(config_.node))) {
    out.log(LogLevel::kInfo, "Local Resource acquisition completed. (none)");
    return;
  }
  if (nice()) homes_.insert(config_.node);
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
  if (homes_.contains(config_.node) || peer_holds(config_.node)) return;
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
    bool ours = nice() ? homes_.contains(group_of(key)->node) : set_of(key) == Holdings::kLocal;
    if (ours || queue_.busy(key) || state_of(key) == GroupState::kHeld) return;
    keys.push_back(key);
  }
  if (!keys.empty())
    work({.purpose = Purpose::kInitialStandby}, JobKind::kInitialStandby, keys,
         WorkQueue::Lane::kFree);
}

/// AUDIT of spec 6.1. A line is repeated only when the finding has changed in between, and that
/// nobody owns a set only when nobody has taken it within a moment (decision R5).
void Ownership::audit(Now now, Outbox& out) {
  if (!nice()) return;
  std::string found;
  auto say = [&](std::string_view text) {
    found += text;
    if (audit_found_.find(text) == std::string::npos) out.log(LogLevel::kError, std::string(text));
  };
  bool ours_twice = false, foreign_twice = false;
  for (const std::string& home : homes_)
    if (peer_holds(home)) (is_self(home) ? ours_twice : foreign_twice) = true;
  if (ours_twice) say("Both machines own our resources!");
  if (foreign_twice) say("Both machines own foreign resources!");
  audit_found_ = std::move(found);
  if (!unowned_report_at_) unowned_report_at_ = now.monotonic + kUnownedFor;
}

void Ownership::report_unowned(Now now, Outbox& out) {
  if (!unowned_report_at_ || now.monotonic < *unowned_report_at_) return;
  unowned_report_at_.reset();
  if (!stable() || leaving() || live_peers().empty()) return;
  auto owned = [this](const std::string& home) {
    return homes_.contains(home) || peer_holds(home);
  };
  if (!owned(config_.node)) out.log(LogLevel::kError, "No one owns our local resources!");
  Nodes others = homes_in(Holdings::kForeign);
  if (!std::ranges::all_of(others, owned))
    out.log(LogLevel::kError, "No one owns foreign resources!");
}

}  // namespace um::cluster
