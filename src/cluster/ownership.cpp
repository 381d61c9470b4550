#include "cluster/ownership.hpp"

#include <algorithm>
#include <utility>

namespace um::cluster {

using wire::Message;

namespace {

std::string joined(const std::set<std::string, std::less<>>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text.empty() ? "-" : text;
}

}  // namespace

std::string_view to_string(GroupState state) {
  switch (state) {
    case GroupState::kIdle: return "idle";
    case GroupState::kRequested: return "requested";
    case GroupState::kStarting: return "starting";
    case GroupState::kHeld: return "held";
    case GroupState::kStopping: return "stopping";
    case GroupState::kFailed: return "failed";
  }
  return "idle";
}

Ownership::Ownership(const Config& config, const ClusterView& cluster)
    : config_(config), cluster_(cluster) {
  homes_ = homes_in(holdings_from(config_.held_at_start).value_or(Holdings::kNone));
  for (const std::string& key : keys_of(Holdings::kAll))
    groups_[key].state =
        homes_.contains(group_of(key)->node) ? GroupState::kHeld : GroupState::kIdle;
}

// ---- what happens -------------------------------------------------------------------------------

void Ownership::message(const Message& message, Now now, Outbox& out) {
  std::string_view type = message.type();
  std::string_view from = message.get("src");
  if (type == "shutdone") {
    if (is_self(from)) {
      state_ = State::kShutdown;
      homes_.clear();
    } else if (config_.manage_resources) {
      on_shutdone_from_other(from, now, out);
    }
  }
  if (config_.manage_resources) {
    if (type == "starting")
      on_starting(message, now, out);
    else if (type == "resource")
      on_resource(message, now, out);
    else if (type == "ask_resources")
      on_ask_resources(message, now, out);
    else if (type == "ip-request")
      on_ip_request(message);
    else if (type == "ip-request-resp")
      on_ip_request_resp(message, out);
    else if (type == "hb_takeover")
      on_hb_takeover(message, out);
    else
      on_message_for_scripts(message);
    if (!is_self(from)) note_sequence(message);
  }
  after_event(now, out);
}

void Ownership::node_dead(const NodeDied& node, Now now, Outbox& out) {
  if (!config_.manage_resources) return;
  if (comm_up_)
    on_dead_node(node, out);
  else
    dead_before_comm_up_.push_back(node);
  after_event(now, out);
}

void Ownership::node_restarted(std::string_view node, Now now, Outbox& out) {
  if (!config_.manage_resources) return;
  on_peer_began_anew(node, now, out);
  after_event(now, out);
}

void Ownership::node_returned(std::string_view node, Now now, Outbox& out) {
  if (!config_.manage_resources) return;
  on_partition_healed(node, now, out);
  after_event(now, out);
}

void Ownership::node_status_changed(const NodeStatusChanged& change, Now now, Outbox& out) {
  if (!config_.manage_resources) return;
  // A node first heard of after its death, and that has long been a member: the other side of a
  // partition that was there when we started. Membership knows no generation of it to compare.
  if (comm_up_ && change.from == NodeStatus::kDead && change.to == NodeStatus::kActive)
    on_partition_healed(change.node, now, out);
  if (runs_script("status") && change.to != NodeStatus::kDead) {
    Message status("status");
    status.set("st", to_string(change.to)).set("src", change.node);
    run_script(status, false, {});
  }
  after_event(now, out);
}

void Ownership::job_finished(const JobFinished& job, Now now, Outbox& out) {
  if (!on_fence_finished(job, now, out)) {
    if (auto finished = queue_.job_finished(job.job)) on_step_ended(*finished, job, now);
  }
  after_event(now, out);
}

void Ownership::reconfigured(Now now, Outbox& out) {
  std::map<std::string, GroupStatus, std::less<>> before = std::exchange(groups_, {});
  for (const std::string& key : keys_of(Holdings::kAll)) {
    auto known = before.find(key);
    groups_[key] = known == before.end() ? GroupStatus{} : known->second;
  }
  after_event(now, out);
}

void Ownership::tick(Now now, Outbox& out) {
  if (settle_at_ && now.monotonic >= *settle_at_) {
    settle_at_.reset();
    if (state_ == State::kResourcesReceived && fences_.empty()) {
      settle(out);
      audit(now, out);
    }
  }
  expire_standby(now, out);
  retry_fences(now, out);
  hand_over_failed_groups(now, out);
  announce_if_due(now, out);
  warn_of_slow_jobs(now, out);
  report_unowned(now, out);
  if (shutdown_patience_ && now.monotonic >= *shutdown_patience_) {
    shutdown_patience_.reset();
    shutdown_impatient_ = true;
  }
  if (emergency_at_ && now.monotonic >= *emergency_at_) {
    emergency_at_.reset();
    out.log(LogLevel::kCrit, "Emergency Shutdown: Attempting to kill everything ourselves");
    out.act(Exit{shutdown_restarts_});
  }
  after_event(now, out);
}

std::optional<TimePoint> Ownership::next_deadline() const {
  std::optional<TimePoint> next;
  auto consider = [&next](std::optional<TimePoint> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  consider(settle_at_);
  consider(standby_.until);
  consider(unowned_report_at_);
  if (unanswered_) consider(unanswered_->until);
  if (failback_at_) consider(failback_at_);
  consider(emergency_at_);
  if (!shutdown_begun_) consider(shutdown_patience_);
  for (const auto& [node, fence] : fences_)
    if (fence.job == 0) consider(fence.again);
  for (const auto& [key, failed] : failed_) {
    consider(failed.ask_at);
    consider(failed.remind_at);
  }
  for (const auto& [job, slow] : running_) consider(slow.warn_at);
  if (!announce_at_.empty()) consider(announce_at_.front());
  return next;
}

// ---- what there is to know ----------------------------------------------------------------------

std::string_view Ownership::rsc_status() const {
  if (!stable()) return "transition";
  return nice() ? to_string(mine()) : "none";
}

std::vector<GroupStatus> Ownership::groups() const {
  std::vector<GroupStatus> all;
  for (const ResourceGroup& group : config_.groups) {
    if (group.resources.empty()) continue;
    auto known = groups_.find(group.resources.front());
    if (known == groups_.end()) continue;
    all.push_back(known->second);
    all.back().key = known->first;
    all.back().node = group.node;
  }
  return all;
}

bool Ownership::live(std::string_view node) const {
  if (cluster_.status_of(node) == NodeStatus::kDead) return false;
  auto known = peers_.find(node);
  return known == peers_.end() || !known->second.said_shutdone;
}

std::vector<std::string> Ownership::live_peers() const {
  std::vector<std::string> names;
  for (const NodeView& node : cluster_.nodes())
    if (node.kind == NodeKind::kNormal && !is_self(node.name) && live(node.name))
      names.push_back(node.name);
  return names;
}

bool Ownership::peer_stable() const {
  return std::ranges::all_of(live_peers(), [this](const std::string& name) {
    auto known = peers_.find(name);
    return known != peers_.end() && known->second.stable;
  });
}

void Ownership::set_all_peers_stable(bool stable) {
  for (const std::string& name : live_peers()) peers_[name].stable = stable;
}

bool Ownership::peer_holds(std::string_view home) const {
  return std::ranges::any_of(live_peers(), [&](const std::string& name) {
    auto known = peers_.find(name);
    return known != peers_.end() && known->second.homes.contains(home);
  });
}

Holdings Ownership::mine() const {
  bool local = homes_.contains(config_.node);
  bool foreign = homes_.size() > (local ? 1U : 0U);
  return (local ? Holdings::kLocal : Holdings::kNone) |
         (foreign ? Holdings::kForeign : Holdings::kNone);
}

Ownership::Nodes Ownership::homes_in(Holdings set) const {
  Nodes homes;
  for (const NodeConfig& node : config_.nodes)
    if (node.kind == NodeKind::kNormal &&
        has(set, is_self(node.name) ? Holdings::kLocal : Holdings::kForeign))
      homes.insert(node.name);
  return homes;
}

void Ownership::give_up_homes(Holdings set) {
  for (const std::string& home : homes_in(set)) {
    homes_.erase(home);
    took_.erase(home);
  }
}

bool Ownership::stable() const {
  if (!nice()) return queue_.idle();
  if (shutdown_begun_ && state_ == State::kInit) return true;
  bool settled = state_ == State::kInit || state_ == State::kStable || state_ == State::kShutdown;
  return settled && peer_stable() && !takeover_running_ && standby_.phase == Phase::kNot &&
         queue_.idle();
}

/// Decision R2: the other side acts on our stable message, so nothing that moves between the nodes
/// may be under way here.
bool Ownership::may_say_stable() const {
  if (state_ != State::kStable || takeover_running_) return false;
  return std::ranges::none_of(tasks_, [](const auto& item) {
    Purpose purpose = item.second.purpose;
    return purpose != Purpose::kOwnGroup && purpose != Purpose::kScript &&
           purpose != Purpose::kInitialStandby;
  });
}

bool Ownership::runs_script(std::string_view type) const {
  return std::ranges::find(config_.rc_scripts, type) != config_.rc_scripts.end();
}

std::vector<std::string> Ownership::keys_of(Holdings set) const {
  std::vector<std::string> keys;
  if (!config_.manage_resources) return keys;
  for (const ResourceGroup& group : config_.groups) {
    if (group.resources.empty()) continue;
    Holdings where = is_self(group.node) ? Holdings::kLocal : Holdings::kForeign;
    const std::string& key = group.resources.front();
    // The first line with a key is the group of that name (decision R12).
    if (has(set, where) && set_of(key) == where && std::ranges::find(keys, key) == keys.end())
      keys.push_back(key);
  }
  return keys;
}

std::vector<std::string> Ownership::keys_of_node(std::string_view node) const {
  std::vector<std::string> keys;
  for (const std::string& key : keys_of(Holdings::kAll))
    if (group_of(key)->node == node) keys.push_back(key);
  return keys;
}

const ResourceGroup* Ownership::group_of(std::string_view key) const {
  for (const ResourceGroup& group : config_.groups)
    if (!group.resources.empty() && group.resources.front() == key) return &group;
  return nullptr;
}

Holdings Ownership::set_of(std::string_view key) const {
  const ResourceGroup* group = group_of(key);
  if (!group) return Holdings::kNone;
  return is_self(group->node) ? Holdings::kLocal : Holdings::kForeign;
}

void Ownership::set_state(std::string_view key, GroupState state, Now now) {
  auto known = groups_.find(key);
  if (known == groups_.end() || known->second.state == state) return;
  known->second.state = state;
  known->second.since = now.monotonic;
}

GroupState Ownership::state_of(std::string_view key) const {
  auto known = groups_.find(key);
  return known == groups_.end() ? GroupState::kIdle : known->second.state;
}

// ---- what is said -------------------------------------------------------------------------------

Message Ownership::resource_message(bool stable, std::string_view info) const {
  Message message("resource");
  message.set("rsc_hold", to_string(mine()))
      .set("rtype", "full")
      .set("isstable", stable ? "1" : "0");
  if (!info.empty()) message.set("info", info);
  if (knows_new_pair()) message.set("umheld", joined(homes_)).set("umtook", joined(took_));
  return message;
}

void Ownership::send_held(bool stable, Outbox& out) {
  if (!nice()) return;
  bool say = stable && may_say_stable();
  owe_stable_ = stable && !say && !leaving();
  out.broadcast(resource_message(say, ""));
}

void Ownership::send_request(Holdings set, std::string_view info, Outbox& out) {
  Message message("ask_resources");
  message.set("rsc_hold", to_string(set)).set("info", info);
  out.broadcast(std::move(message));
}

/// Remembers how far we have heard a peer, to know a message that loss and retransmission delayed.
void Ownership::note_sequence(const Message& message) {
  auto seq = message.hex("seq");
  auto known = peers_.find(message.get("src"));
  if (seq && known != peers_.end())
    known->second.newest_seq = std::max(known->second.newest_seq, *seq);
}

bool Ownership::is_newest(const Message& message) const {
  auto known = peers_.find(message.get("src"));
  return known == peers_.end() || message.hex("seq").value_or(0) >= known->second.newest_seq;
}

// ---- work ---------------------------------------------------------------------------------------

void Ownership::after_event(Now now, Outbox& out) {
  pump(now, out);
  if (leaving()) try_shutdown(out);
  settle_if_everybody_is_idle(out);
  answer_when_idle(now, out);
  failback_when_possible(now, out);
  if (owe_stable_ && may_say_stable()) send_held(true, out);
  request_own_groups(now, out);
  pump(now, out);
}

WorkQueue::Id Ownership::begin(Task task, WorkQueue::Operation operation) {
  WorkQueue::Id id = queue_.add(std::move(operation));
  tasks_.emplace(id, std::move(task));
  return id;
}

WorkQueue::Id Ownership::work(Task task, JobKind kind, const std::vector<std::string>& keys,
                              WorkQueue::Lane lane) {
  WorkQueue::Operation operation;
  operation.lane = lane;
  operation.passes_blocked = task.purpose == Purpose::kShutdown;
  for (const std::string& key : keys) operation.steps.push_back({.kind = kind, .group = key});
  return begin(std::move(task), std::move(operation));
}

void Ownership::pump(Now now, Outbox& out) {
  while (auto progress = queue_.next()) {
    if (auto* began = std::get_if<WorkQueue::Began>(&*progress)) {
      if (auto task = tasks_.find(began->operation); task != tasks_.end())
        on_began(task->second, out);
    } else if (auto* starts = std::get_if<WorkQueue::StepStarts>(&*progress)) {
      on_step_starts(*starts, now, out);
    } else {
      WorkQueue::Id id = std::get<WorkQueue::Ended>(*progress).operation;
      if (auto task = tasks_.extract(id)) on_ended(task.mapped(), now, out);
    }
  }
}

void Ownership::on_began(const Task& task, Outbox& out) {
  std::string set(to_string(task.set));
  if (task.purpose == Purpose::kStandbyRelease)
    out.log(LogLevel::kInfo, "give up " + set + " HA resources (standby).");
  if (task.purpose == Purpose::kStandbyAcquire)
    out.log(LogLevel::kInfo, "acquire " + set + " HA resources (standby).");
  if (task.purpose == Purpose::kShutdown) out.log(LogLevel::kInfo, "Giving up all HA resources.");
}

void Ownership::on_step_starts(const WorkQueue::StepStarts& start, Now now, Outbox& out) {
  const WorkQueue::Step& step = start.step;
  auto task = tasks_.find(start.operation);
  if (task != tasks_.end() && task->second.purpose == Purpose::kTakeover)
    out.log(LogLevel::kInfo, "Taking over resource group " + step.group);
  if (step.kind == JobKind::kTakeGroups) set_state(step.group, GroupState::kStarting, now);
  if (step.kind == JobKind::kGiveGroups) set_state(step.group, GroupState::kStopping, now);

  StartJob job;
  job.job = start.job;
  job.kind = step.kind;
  if (!step.group.empty()) job.groups = {step.group};
  if (task != tasks_.end()) job.node = task->second.node;
  job.environment = step.environment;
  if (nice() && step.kind == JobKind::kNotifyScript) job.environment["HA_NICEFAILBACK"] = "yes";
  running_[start.job] = {step.kind, step.group, now.monotonic, now.monotonic + kSlowJob};
  out.act(std::move(job));
}

void Ownership::on_step_ended(const WorkQueue::Finished& finished, const JobFinished& job,
                              Now now) {
  running_.erase(job.job);
  const WorkQueue::Step& step = finished.step;
  if (step.kind == JobKind::kGiveGroups) {
    set_state(step.group, GroupState::kIdle, now);
  } else if (step.kind == JobKind::kTakeGroups) {
    if (job.exit_status == 0) {
      set_state(step.group, GroupState::kHeld, now);
      if (auto failed = failed_.find(step.group); failed != failed_.end()) {
        failed->second.ask_at.reset();
        failed->second.remind_at.reset();
      }
    } else {
      set_state(step.group, GroupState::kFailed, now);
      on_start_failed(step.group, now);
    }
  }
}

void Ownership::on_ended(const Task& task, Now now, Outbox& out) {
  std::string set(to_string(task.set));
  switch (task.purpose) {
    case Purpose::kTakeover: on_takeover_complete(task.node, out); break;
    case Purpose::kTakeoverScript:
      for (const std::string& key : keys_of_node(task.node)) set_state(key, GroupState::kHeld, now);
      if (!nice()) foreign_work_done("status", out);
      break;
    case Purpose::kOwnGroup: own_work_done("ip-request-resp", out); break;
    case Purpose::kOwnGroupScript:
      for (const std::string& key : task.keys) set_state(key, GroupState::kHeld, now);
      own_work_done("ip-request-resp", out);
      break;
    case Purpose::kGiveToPeer:
      for (const std::string& key : task.keys) answer_ip_request(key, task.node, task.owned, out);
      break;
    case Purpose::kStandbyRelease:
      out.log(LogLevel::kInfo, set + " HA resource release completed (standby).");
      send_request(standby_.set, "done", out);
      break;
    case Purpose::kStandbyAcquire:
      out.log(LogLevel::kInfo, set + " HA resource acquisition completed (standby).");
      send_request(standby_.set, "done", out);
      break;
    case Purpose::kYield: send_held(true, out); break;
    case Purpose::kShutdown: on_everything_released(out); break;
    case Purpose::kScript:
    case Purpose::kInitialStandby: break;
  }
}

void Ownership::warn_of_slow_jobs(Now now, Outbox& out) {
  using std::chrono::duration_cast, std::chrono::seconds;
  for (auto& [number, job] : running_) {
    if (now.monotonic < job.warn_at) continue;
    std::string verb = job.kind == JobKind::kTakeGroups   ? "start of resource group " + job.group
                       : job.kind == JobKind::kGiveGroups ? "stop of resource group " + job.group
                                                          : "script";
    auto age = duration_cast<seconds>(now.monotonic - job.since).count();
    out.log(LogLevel::kWarn, verb + " is still running after " + std::to_string(age) + " seconds");
    job.warn_at = now.monotonic + kSlowJobAgain;
  }
}

}  // namespace um::cluster
