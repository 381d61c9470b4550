// A node leaves, dies, is fenced, or comes back: spec heartbeat-resources 6.2 and 6.4, rows node
// dead and shutdone, with decisions R3, R4, R5, R11 and R20.
#include <algorithm>
#include <utility>

#include "cluster/ownership.hpp"

namespace um::cluster {

using wire::Message;
using namespace std::chrono_literals;

namespace {

Message stonith_message(std::string_view node, std::string_view result) {
  Message message("stonith");
  message.set("node", node).set("result", result);
  return message;
}

}  // namespace

// ---- death --------------------------------------------------------------------------------------

void Ownership::on_dead_node(const NodeDied& node, Outbox& out) {
  if (node.kind == NodeKind::kPing) {
    run_status_script_for_dead(node.node, true, {});
    return;
  }
  if (standby_.phase != Phase::kNot) {
    out.log(LogLevel::kInfo, "Cancelling pending standby operation");
    cancel_standby();
  }
  unanswered_.reset();
  failback_wanted_ = true;
  if (leaving()) return;

  Peer& peer = peers_[node.node];
  peer.returned = false;
  bool gave_up = node.heard && (nice() ? peer.homes.empty() && peer.released : peer.said_shutdone);
  if (gave_up) {
    on_dead_node_had_released(node.node, out);
  } else if (!takes_over_duty(node.node)) {
    forget_holdings_of(node.node);
    acquire_orphaned_own(out);
  } else if (config_.stonith) {
    fence(node.node, out);
  } else {
    out.broadcast(stonith_message(node.node, "n_stnth"));
    out.log(LogLevel::kWarn, "No STONITH device configured.");
    out.log(LogLevel::kWarn, "Shared disks are not protected.");
    take_over(node.node, out);
  }
}

void Ownership::on_dead_node_had_released(const std::string& node, Outbox& out) {
  out.log(LogLevel::kInfo, "Dead node " + node + " gave up resources.");
  out.broadcast(stonith_message(node, "unneeded"));
  if (nice() && !homes_.contains(config_.node)) acquire_own(true, out);
  if (nice() && (homes_.contains(node) || peer_holds(node))) return;
  if (takes_over_duty(node)) take_over(node, out);
}

void Ownership::on_shutdone_from_other(std::string_view from, Now now, Outbox& out) {
  std::string node(from);
  Holdings before = mine();
  forget_holdings_of(node);
  peers_[node].said_shutdone = true;
  if (leaving()) try_shutdown(out);
  out.log(LogLevel::kInfo, "Received shutdown notice from '" + node + "'.");
  if (leaving()) {
    out.log(LogLevel::kInfo, "Resource takeover cancelled - shutdown in progress.");
    return;
  }
  if (!takes_over_duty(node)) return;
  if (std::exchange(peers_[node].returned, false)) announce_again_after(0s, now);
  take_over(node, out);
  // The old program answers as if the leaver had gone standby: it looks after its own groups and
  // tells everybody (spec 6.2, row shutdone).
  if (nice() && before != Holdings::kAll) {
    cancel_standby();
    acquire_for_standby(before == Holdings::kNone ? Holdings::kAll : mirrored(before), now);
  }
}

/// Decision R20: of several survivors one takes over, the first by name.
bool Ownership::takes_over_duty(std::string_view node) const {
  for (const std::string& name : live_peers())
    if (name != node && name < config_.node) return false;
  return true;
}

void Ownership::forget_holdings_of(const std::string& node) {
  Peer& peer = peers_[node];
  peer.takeover_suspended = false;
  peer.homes.clear();
  peer.took.clear();
  peer.stable = true;
  peer.released = true;
}

/// TAKE of spec 6.1.
void Ownership::take_over(const std::string& node, Outbox& out) {
  out.log(LogLevel::kInfo, "Resources being acquired from " + node + ".");
  Nodes homes = homes_to_take(node);
  if (runs_script("status")) {
    run_status_script_for_dead(node, false, {.purpose = Purpose::kTakeoverScript, .node = node});
  } else {
    work({.purpose = Purpose::kTakeover, .node = node}, JobKind::kTakeGroups, keys_of_nodes(homes),
         WorkQueue::Lane::kScripts);
  }
  if (nice()) {
    if (!peer_holds(config_.node)) homes.insert(config_.node);
    for (const std::string& home : homes)
      if (homes_.insert(home).second) took_.insert(home);
    forget_holdings_of(node);
    takeover_running_ = true;
  }
  acquire_own(true, out);
}

/// The node's own groups, and those that it had taken from nodes that are gone.
Ownership::Nodes Ownership::homes_to_take(const std::string& node) const {
  if (!nice()) return {node};
  Nodes homes;
  if (!peer_holds(node)) homes.insert(node);
  for (const std::string& home : homes_in(Holdings::kForeign))
    if (!live(home) && !homes_.contains(home) && !peer_holds(home)) homes.insert(home);
  return homes;
}

std::vector<std::string> Ownership::keys_of_nodes(const Nodes& homes) const {
  std::vector<std::string> keys;
  for (const std::string& key : keys_of(Holdings::kAll))
    if (homes.contains(group_of(key)->node)) keys.push_back(key);
  return keys;
}

void Ownership::on_takeover_complete(const std::string& node, Outbox& out) {
  if (nice()) {
    out.log(LogLevel::kInfo,
            "/usr/share/heartbeat/mach_down: nice_failback: foreign resources acquired");
    Message done("resource");
    done.set("rsc_hold", "foreign").set("info", "mach_down");
    out.broadcast(std::move(done));
  }
  out.log(LogLevel::kInfo, "mach_down takeover complete for node " + node + ".");
  if (!nice()) foreign_work_done("status", out);
}

// ---- fencing ------------------------------------------------------------------------------------

/// The job's runner says which device resets the node and how that went; nothing is acquired before
/// it has succeeded (spec 6.4).
void Ownership::fence(const std::string& node, Outbox& out) {
  Fence& fence = fences_[node];
  fence.job = queue_.new_job_number();
  StartJob job;
  job.job = fence.job;
  job.kind = JobKind::kStonith;
  job.node = node;
  out.act(std::move(job));
}

bool Ownership::on_fence_finished(const JobFinished& job, Now now, Outbox& out) {
  auto found = std::ranges::find_if(
      fences_, [&job](const auto& item) { return item.second.job == job.job; });
  if (found == fences_.end()) return false;
  std::string node = found->first;
  if (job.exit_status != 0) {
    out.broadcast(stonith_message(node, job.exit_status == 100 ? "badhost" : "bad"));
    out.log(LogLevel::kError, "STONITH of " + node + " failed.  Retrying...");
    found->second = {.job = 0, .again = now.monotonic + 5s};
    return true;
  }
  fences_.erase(found);
  out.broadcast(stonith_message(node, "OK"));
  if (leaving())
    out.log(LogLevel::kInfo, "Resource takeover cancelled - shutdown in progress.");
  else
    take_over(node, out);
  return true;
}

void Ownership::retry_fences(Now now, Outbox& out) {
  for (auto& [node, waiting] : fences_)
    if (waiting.job == 0 && now.monotonic >= waiting.again) fence(node, out);
}

// ---- return -------------------------------------------------------------------------------------

/// A higher generation: what the node held in its former life is nobody's (decision R5).
void Ownership::on_peer_began_anew(std::string_view from, Now now, Outbox& out) {
  std::string node(from);
  bool in_standby_with_it =
      standby_.phase != Phase::kNot && (standby_.partner.empty() || standby_.partner == node);
  if (in_standby_with_it) {
    out.log(LogLevel::kInfo, "Cancelling pending standby operation");
    leave_standby_but_finish_work();
  }
  unanswered_.reset();
  fences_.erase(node);
  bool suspended = peers_[node].takeover_suspended;
  peers_[node] = Peer{};
  if (suspended) resume_takeovers(node, out);
  // Ask once more (decision R7).
  for (auto& [key, failed] : failed_)
    if (failed.remind_at) failed.ask_at = now.monotonic + kHandOverAfter;
}

/// Decision R3. An old peer restarts itself and keeps the old rules; a new one compares notes.
void Ownership::on_partition_healed(std::string_view from, Now now, Outbox& out) {
  std::string node(from);
  fences_.erase(node);
  Peer& peer = peers_[node];
  if (std::exchange(peer.returned, true)) return;
  peer.stable = false;
  peer.said_shutdone = false;
  peer.released = false;
  if (!cluster_.is_new_pair(node) || leaving()) return;
  if (nice()) {
    suspend_takeovers(peer);
    send_held(state_ == State::kStable, out);
    return;
  }
  // Legacy groups live at home whenever home is alive.
  std::vector<std::string> theirs;
  for (const std::string& key : keys_of_node(node))
    if (state_of(key) != GroupState::kIdle || queue_.busy(key)) theirs.push_back(key);
  if (!theirs.empty()) {
    out.log(LogLevel::kError, "Both machines own foreign resources!");
    give_to_peer(node, theirs);
  }
  keep(now);
}

/// Of two new nodes that run the same groups, the one that took them over while they could not hear
/// one another lets go; when that says nothing, the one whose name sorts later.
void Ownership::resolve_split_brain(const Message& message, Now now, Outbox& out) {
  if (!message.has("umheld") || leaving()) return;
  std::string from(message.get("src"));
  Peer& peer = peers_[from];
  auto shared = [&](const std::string& home) { return peer.homes.contains(home); };
  if (std::ranges::any_of(homes_, shared)) {
    audit(now, out);
    Nodes lost = homes_lost_to(from, peer);
    if (!lost.empty()) yield(lost, out);
    // What is shared still is ours to keep.
    if (std::ranges::any_of(homes_, shared) && !std::exchange(peer.told_of_conflict, true)) {
      keep(now);
      send_held(state_ == State::kStable, out);
    }
  } else if (message.get("isstable") == "1") {
    if (std::exchange(peer.told_of_conflict, false)) announce_again_after(0s, now);
    took_.erase(from);
    took_.erase(config_.node);
    peer.returned = false;
    // Only now is what it let go of really stopped there.
    if (peer.takeover_suspended) resume_takeovers(from, out);
  }
}

Ownership::Nodes Ownership::homes_lost_to(std::string_view name, const Peer& peer) const {
  Nodes lost;
  for (const std::string& home : homes_) {
    if (!peer.homes.contains(home)) continue;
    bool we_took = took_.contains(home), they_took = peer.took.contains(home);
    if (we_took == they_took ? config_.node > name : we_took) lost.insert(home);
  }
  return lost;
}

/// The other side has been alive all the time and may run what we have not begun to start yet.
void Ownership::suspend_takeovers(Peer& peer) {
  std::vector<WorkQueue::Id> suspended;
  for (const auto& [id, task] : tasks_)
    if (task.purpose == Purpose::kTakeover || task.purpose == Purpose::kOwnGroup)
      suspended.push_back(id);
  for (WorkQueue::Id id : suspended) {
    queue_.cancel(id);
    tasks_.erase(id);
    peer.takeover_suspended = true;
  }
}

void Ownership::resume_takeovers(const std::string& node, Outbox& out) {
  peers_[node].takeover_suspended = false;
  Nodes foreign = homes_;
  foreign.erase(config_.node);
  std::vector<std::string> keys;
  for (const std::string& key : keys_of_nodes(foreign))
    if (state_of(key) != GroupState::kHeld) keys.push_back(key);
  if (takeover_running_ && !foreign.empty())
    work({.purpose = Purpose::kTakeover, .node = node}, JobKind::kTakeGroups, keys,
         WorkQueue::Lane::kScripts);
  else
    takeover_running_ = false;
  if (homes_.contains(config_.node)) acquire_own(true, out);
}

void Ownership::yield(const Nodes& homes, Outbox& out) {
  for (const std::string& home : homes) {
    homes_.erase(home);
    took_.erase(home);
  }
  drop_takeovers_of(homes);
  if (!has(mine(), Holdings::kForeign)) takeover_running_ = false;
  send_held(false, out);
  work({.purpose = Purpose::kYield}, JobKind::kGiveGroups, keys_of_nodes(homes),
       WorkQueue::Lane::kFree);
}

/// A takeover that is still going on would start again what is being yielded.
void Ownership::drop_takeovers_of(const Nodes& homes) {
  std::vector<WorkQueue::Id> dropped;
  for (const auto& [id, task] : tasks_)
    if (task.purpose == Purpose::kTakeover && homes.contains(task.node)) dropped.push_back(id);
  for (WorkQueue::Id id : dropped) {
    queue_.cancel(id);
    tasks_.erase(id);
    takeover_running_ = false;
  }
}

void Ownership::keep(Now now) {
  for (Duration delay : {Duration(0), Duration(1s), Duration(2s), Duration(3s)})
    announce_again_after(delay, now);
}

void Ownership::announce_again_after(Duration delay, Now now) {
  announce_at_.push_back(now.monotonic + delay);
  std::ranges::sort(announce_at_);
}

void Ownership::announce_if_due(Now now, Outbox& out) {
  if (announce_at_.empty() || announce_at_.front() > now.monotonic) return;
  std::erase_if(announce_at_, [&](TimePoint at) { return at <= now.monotonic; });
  out.act(AnnounceAddresses{});
}

}  // namespace um::cluster
