// Moving groups between living nodes: ask_resources (spec heartbeat-resources 6.3), automatic
// failback, and the hand-over of what could not be started (decisions R2, R4, R6, R7).
#include <algorithm>
#include <utility>

#include "cluster/ownership.hpp"

namespace um::cluster {

using wire::Message;
using namespace std::chrono_literals;

namespace {

constexpr auto kReplyPatience = 10s;  // the asker cancels by then
constexpr auto kAnswerWithin = 8s;    // so a later answer would find nobody (R2)
constexpr auto kFirstSign = 30s;      // of the partner's release (R6)
constexpr auto kLostDone = 2s;        // a retransmitted `done` may come after the stable message
constexpr auto kHandOverOnceIn = 1h;

std::string quoted(std::string_view word) {
  return "[" + std::string(word) + "]";
}

}  // namespace

void Ownership::on_ask_resources(const Message& message, Now now, Outbox& out) {
  if (!nice()) {
    out.log(LogLevel::kInfo, "Standby mode only implemented when nice_failback on");
    return;
  }
  if (state_ == State::kShutdown) return;
  std::string from(message.get("src"));
  std::string_view info = message.get("info");
  if (info.empty() || from.empty()) {
    out.log(LogLevel::kError, "Received standby message without info/from");
    return;
  }
  bool self = is_self(from);
  if (info == "me") {
    on_me(message, now, out);
  } else if (info == "other" && !self && standby_.phase == Phase::kMe) {
    on_other_from_peer(from, now, out);
  } else if (info == "other" && self && standby_.phase == Phase::kOther) {
    // Our own answer.
  } else if (!self && from != standby_.partner && live_peers().size() > 1) {
    // What two other nodes, or a third one with our partner, have to say to one another.
  } else if (info == "done" && self && standby_.phase == Phase::kMe) {
    on_done_after_release(now, out);
  } else if (info == "done" && !self && standby_.phase == Phase::kOther) {
    on_done_lets_us_acquire(from, now, out);
  } else if (info == "done" && standby_.phase == Phase::kDone) {
    on_done_ends_standby(from, out);
  } else {
    out.log(LogLevel::kError, "Ignored standby message '" + std::string(info) + "' from " + from +
                                  " in state " + std::to_string(static_cast<int>(standby_.phase)));
  }
}

// ---- me: somebody wants to give up groups -------------------------------------------------------

void Ownership::on_me(const Message& message, Now now, Outbox& out) {
  using std::chrono::ceil, std::chrono::seconds;
  std::string from(message.get("src"));
  if (standby_.phase != Phase::kNot) {
    auto left = ceil<seconds>(standby_.until.value_or(now.monotonic) - now.monotonic).count();
    out.log(LogLevel::kWarn, "Standby in progress- new request from " + from + " ignored [" +
                                 std::to_string(std::max<long>(left, 0)) + " seconds left]");
    return;
  }
  std::string ignored = "standby message [me] from " + from + " ignored.  ";
  if (!peer_stable() || (!is_self(from) && is_outdated(message))) {
    out.log(LogLevel::kWarn, ignored + "Other side is in flux.");
  } else if (state_ != State::kStable || leaving()) {
    out.log(LogLevel::kWarn, ignored + "local resources in flux.");
  } else if (is_self(from)) {
    on_me_from_self(set_in(message, out), now, out);
  } else if (has(set_in(message, out), Holdings::kLocal) && !takes_over_duty(from)) {
    // Another survivor takes the asker's own groups (decision R20).
  } else {
    unanswered_ = {from, set_in(message, out), message.hex("seq").value_or(0),
                   now.monotonic + kAnswerWithin};
  }
}

/// Decision R6: a request that a short partition has delayed is answered by nobody any more.
bool Ownership::is_outdated(const Message& message) const {
  auto sent = message.hex("ts");
  if (!sent) return false;
  for (const NodeView& node : cluster_.nodes())
    if (node.name == message.get("src"))
      return node.newest_ts - static_cast<std::int64_t>(*sent) > 10;
  return false;
}

Holdings Ownership::set_in(const Message& message, Outbox& out) const {
  std::string_view word = message.get("rsc_hold");
  if (word == "failback") return Holdings::kForeign;
  auto set = holdings_from(word);
  if (!set)
    out.log(LogLevel::kError, "encode_resources: bad resource type [" + std::string(word) + "]");
  return set.value_or(Holdings::kNone);
}

void Ownership::enter_standby(Phase phase, Holdings set, std::string_view who, Duration patience,
                              Now now, Outbox& out) {
  set_all_peers_stable(false);
  out.log(LogLevel::kInfo, std::string(who) + " wants to go standby " + quoted(to_string(set)));
  standby_.phase = phase;
  standby_.set = set;
  standby_.until = now.monotonic + patience;
  standby_.partner.clear();
  standby_.partner_releases = false;
  standby_.work.reset();
}

void Ownership::on_me_from_self(Holdings set, Now now, Outbox& out) {
  enter_standby(Phase::kMe, set, config_.node, kReplyPatience, now, out);
}

void Ownership::answer_when_idle(Now now, Outbox& out) {
  if (!unanswered_) return;
  if (leaving() || standby_.phase != Phase::kNot || !live(unanswered_->from)) {
    unanswered_.reset();
  } else if (queue_.idle() && !takeover_running_) {
    UnansweredRequest request = *std::exchange(unanswered_, std::nullopt);
    enter_standby(Phase::kOther, request.set, request.from, kFirstSign, now, out);
    standby_.partner = request.from;
    standby_.asked_at_seq = request.seq;
    send_request(request.set, "other", out);
  } else if (now.monotonic >= unanswered_->until) {
    out.log(LogLevel::kWarn, "standby message [me] from " + unanswered_->from +
                                 " ignored.  local resources in flux.");
    unanswered_.reset();
  }
}

// ---- other, done: the hand-over -----------------------------------------------------------------

void Ownership::on_other_from_peer(const std::string& from, Now now, Outbox& out) {
  if (standby_.work) return;  // a third node answers too
  standby_.partner = from;
  standby_.until = now.monotonic + kStandbyPatience;
  out.log(LogLevel::kInfo, "standby: " + from + " can take our " +
                               std::string(to_string(standby_.set)) + " resources");
  set_all_peers_stable(false);
  give_up_homes(standby_.set);
  forget_failures_in(standby_.set);
  out.broadcast(resource_message(false, "standby"));
  standby_.work = work({.purpose = Purpose::kStandbyRelease, .set = standby_.set},
                       JobKind::kGiveGroups, keys_of(standby_.set), WorkQueue::Lane::kFree);
}

void Ownership::on_done_after_release(Now now, Outbox& out) {
  out.log(LogLevel::kInfo,
          "Local standby process completed " + quoted(to_string(standby_.set)) + ".");
  standby_.phase = Phase::kDone;
  standby_.work.reset();
  standby_.until = now.monotonic + kStandbyPatience;
}

void Ownership::on_done_lets_us_acquire(const std::string& from, Now now, Outbox& out) {
  out.log(LogLevel::kInfo,
          "standby: acquire " + quoted(to_string(standby_.set)) + " resources from " + from);
  Peer& peer = peers_[from];
  peer.released = peer.homes.empty();
  acquire_for_standby(standby_.set, now);
}

/// STANDBYCHILD(OTHER) of spec 6.1. `set` is in the giver's words.
void Ownership::acquire_for_standby(Holdings set, Now now) {
  standby_.phase = Phase::kDone;
  standby_.until = now.monotonic + kStandbyPatience;
  standby_.work =
      work({.purpose = Purpose::kStandbyAcquire, .set = mirrored(set)}, JobKind::kTakeGroups,
           keys_to_acquire(mirrored(set)), WorkQueue::Lane::kFree);
}

/// "All other groups" of the old protocol means those of the giver and of nodes that are gone.
std::vector<std::string> Ownership::keys_to_acquire(Holdings ours) const {
  std::vector<std::string> keys;
  for (const std::string& key : keys_of(ours)) {
    const std::string& home = group_of(key)->node;
    if (is_self(home) || home == standby_.partner || !live(home)) keys.push_back(key);
  }
  return keys;
}

void Ownership::on_done_ends_standby(const std::string& from, Outbox& out) {
  std::string set(to_string(standby_.set));
  Holdings taken = mirrored(standby_.set);
  standby_.phase = Phase::kNot;
  standby_.until.reset();
  standby_.work.reset();
  if (is_self(from)) {
    out.log(LogLevel::kInfo, "Standby resource acquisition done " + quoted(set) + ".");
    for (const std::string& home : homes_in(taken))
      if (is_self(home) || home == standby_.partner || !live(home)) homes_.insert(home);
    own_work_done("auto_failback", out);
  } else {
    out.log(LogLevel::kInfo, "Other node completed standby takeover of " + set + " resources.");
  }
  send_held(true, out);
}

// ---- the ways out -------------------------------------------------------------------------------

/// Decision R4: groups whose stop has not begun stay as they are; the takeover that follows queues
/// behind a running stop and starts what is missing.
void Ownership::cancel_standby() {
  if (standby_.work) {
    queue_.cancel(*standby_.work);
    tasks_.erase(*standby_.work);
  }
  standby_.phase = Phase::kNot;
  standby_.partner.clear();
  standby_.until.reset();
  standby_.work.reset();
}

/// The partner began anew: what we are stopping it will start, so the stopping goes on.
void Ownership::leave_standby_but_finish_work() {
  if (standby_.work)
    if (auto task = tasks_.find(*standby_.work); task != tasks_.end())
      task->second.purpose = Purpose::kYield;
  standby_.phase = Phase::kNot;
  standby_.until.reset();
  standby_.work.reset();
}

/// Decision R6: a partner that says it is stable, and has said so after it asked, is through with
/// the hand-over, whatever became of its `done`.
void Ownership::partner_says_stable(std::string_view from, std::uint64_t seq, Now now) {
  if (from != standby_.partner || standby_.work) return;
  if (standby_.phase != Phase::kOther && standby_.phase != Phase::kDone) return;
  if (seq <= standby_.asked_at_seq) return;
  auto soon = now.monotonic + kLostDone;
  if (!standby_.until || *standby_.until > soon) standby_.until = soon;
}

void Ownership::expire_standby(Now now, Outbox& out) {
  if (standby_.phase == Phase::kNot || !standby_.until || now.monotonic < *standby_.until) return;
  out.log(LogLevel::kWarn, "No reply to standby request.  Standby request cancelled.");
  leave_standby_but_finish_work();
  set_all_peers_stable(true);
}

// ---- automatic failback -------------------------------------------------------------------------

/// FAILBACK of spec 6.1; the request leaves when nothing is under way any more (decision R2).
void Ownership::want_failback(Now now) {
  if (config_.failback != Failback::kOn || !has(mine(), Holdings::kForeign)) {
    failback_wanted_ = false;
    return;
  }
  if (failback_wanted_ && !leaving() && !failback_at_ && !failback_due_)
    failback_at_ = now.monotonic + config_.failback_delay;
}

void Ownership::failback_when_possible(Now now, Outbox& out) {
  if (failback_at_ && now.monotonic >= *failback_at_) {
    failback_at_.reset();
    failback_due_ = true;
  }
  if (!failback_due_) return;
  if (leaving() || !has(mine(), Holdings::kForeign)) {
    failback_due_ = failback_wanted_ = false;
  } else if (ready_to_ask()) {
    failback_due_ = failback_wanted_ = false;
    send_request(Holdings::kForeign, "me", out);
  }
}

bool Ownership::ready_to_ask() const {
  return standby_.phase == Phase::kNot && !unanswered_ && state_ == State::kStable && !leaving() &&
         !takeover_running_ && queue_.idle() && !owe_stable_ && peer_stable() &&
         !live_peers().empty();
}

// ---- groups that could not be started -----------------------------------------------------------

void Ownership::on_start_failed(const std::string& key, Now now) {
  if (leaving()) return;
  FailedStart& failed = failed_[key];
  failed.ask_at = now.monotonic + kHandOverAfter;
  if (failed.asked) failed.ask_at = std::max(*failed.ask_at, *failed.asked + kHandOverOnceIn);
  failed.remind_at = now.monotonic + kHandOverOnceIn;
}

/// Decision R7: the set that contains the group is offered to the other node, once in an hour.
void Ownership::hand_over_failed_groups(Now now, Outbox& out) {
  for (auto& [key, failed] : failed_) {
    if (failed.remind_at && now.monotonic >= *failed.remind_at) {
      out.log(LogLevel::kError,
              "resource group " + key +
                  " could not be started and is down; see the log of its scripts");
      failed.remind_at = now.monotonic + kHandOverOnceIn;
    }
    if (!failed.ask_at || now.monotonic < *failed.ask_at) continue;
    if (!nice() || live_peers().empty()) {
      failed.ask_at.reset();
    } else if (!ready_to_ask()) {
      failed.ask_at = now.monotonic + 1s;
    } else {
      ask_to_take_failed(key, now, out);
      return;
    }
  }
}

void Ownership::ask_to_take_failed(const std::string& key, Now now, Outbox& out) {
  Holdings set = set_of(key);
  for (auto& [other, failed] : failed_)
    if (set_of(other) == set) {
      failed.asked = now.monotonic;
      failed.ask_at = now.monotonic + kHandOverOnceIn;
    }
  out.log(LogLevel::kInfo, "Going standby " + quoted(to_string(set)) + ".");
  send_request(set, "me", out);
}

/// The groups are another node's business now; that they have been offered is remembered.
void Ownership::forget_failures_in(Holdings set) {
  for (auto& [key, failed] : failed_)
    if (has(set, set_of(key))) {
      failed.ask_at.reset();
      failed.remind_at.reset();
    }
}

}  // namespace um::cluster
