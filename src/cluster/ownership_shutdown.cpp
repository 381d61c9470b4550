// Leaving the cluster: spec heartbeat-resources 6.2, row SIGTERM, with decisions R18, R23 and R30.
#include <algorithm>
#include <utility>

#include "cluster/ownership.hpp"

namespace um::cluster {

using wire::Message;

void Ownership::shutdown_requested(bool restart, Now now, Outbox& out) {
  if (shutdown_begun_) {
    out.log(LogLevel::kInfo, "Heartbeat shutdown already underway.");
    return;
  }
  if (!std::exchange(shutdown_wanted_, true)) {
    shutdown_restarts_ = restart;
    emergency_at_ = now.monotonic + std::chrono::minutes(60);
    shutdown_patience_ = now.monotonic + kSlowJob;
    settle_at_.reset();
    failback_at_.reset();
    failed_.clear();
    drop_starts_not_begun();
  }
  after_event(now, out);
}

/// Decision R30: what has not begun to start would only be stopped again.
void Ownership::drop_starts_not_begun() {
  own_request_pending_ = false;
  std::vector<WorkQueue::Id> dropped;
  for (const auto& [id, task] : tasks_)
    if (task.purpose == Purpose::kTakeover || task.purpose == Purpose::kOwnGroup ||
        task.purpose == Purpose::kInitialStandby)
      dropped.push_back(id);
  for (WorkQueue::Id id : dropped) {
    queue_.cancel(id);
    if (tasks_[id].purpose == Purpose::kTakeover) takeover_running_ = false;
    tasks_.erase(id);
  }
}

void Ownership::try_shutdown(Outbox& out) {
  if (shutdown_begun_) return;
  if (!comm_up_) {
    delay_shutdown("Shutdown delayed until Communication is up.", out);
  } else if (!may_leave()) {
    delay_shutdown("Shutdown delayed until current resource activity finishes.", out);
  } else {
    begin_shutdown(out);
  }
}

bool Ownership::may_leave() const {
  // A script that hangs must not keep the other groups from being stopped (decision R18).
  if (!shutdown_impatient_ && !queue_.idle()) return false;
  if (!nice()) return true;
  if (standby_.phase != Phase::kNot) return false;
  bool peer_waits_for_us = state_ == State::kStable && !homes_.empty() && !peer_stable();
  return shutdown_impatient_ || !peer_waits_for_us;
}

void Ownership::delay_shutdown(std::string_view why, Outbox& out) {
  if (shutdown_delay_ == why) return;
  shutdown_delay_ = why;
  out.log(LogLevel::kWarn, shutdown_delay_);
}

void Ownership::begin_shutdown(Outbox& out) {
  shutdown_begun_ = true;
  takeover_running_ = false;
  fences_.clear();
  announce_at_.clear();
  unanswered_.reset();
  homes_.clear();
  took_.clear();
  state_ = State::kShutdown;
  out.broadcast_status();
  if (nice() && config_.manage_resources) out.broadcast(resource_message(false, "shutdown"));
  out.log(LogLevel::kInfo, "Heartbeat shutdown in progress. (" + std::to_string(config_.pid) + ")");
  work({.purpose = Purpose::kShutdown}, JobKind::kGiveGroups, keys_of(Holdings::kAll),
       WorkQueue::Lane::kFree);
}

void Ownership::on_everything_released(Outbox& out) {
  out.log(LogLevel::kInfo, "All HA resources relinquished.");
  out.broadcast(std::move(Message("shutdone").set("st", "dead")));
}

}  // namespace um::cluster
