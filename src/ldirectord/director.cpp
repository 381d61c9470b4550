#include "ldirectord/director.hpp"

#include <algorithm>

namespace um::ldirectord {
namespace {

// How long a start may hold the fallback back while first results are missing (decision L21).
constexpr Duration kFirstResults = std::chrono::seconds(1);

}  // namespace

/// What was in force before a reload.
struct Director::Before {
  const Roster* roster = nullptr;
  std::unordered_map<std::string, std::size_t> virtual_of_id;
  std::vector<VirtualState> virtuals;
};

ipvs::Result<void> Director::start(Roster roster, TimePoint now) {
  auto current = kernel_.read(roster.scope());
  if (!current) return current.error();
  phase_ = Phase::kStarting;
  adopt(std::move(roster), *current, now);
  settle(now);
  return {};
}

ipvs::Result<void> Director::reload(Roster roster, TimePoint now) {
  auto current = kernel_.read(roster.scope());
  if (!current) return current.error();
  phase_ = Phase::kReloading;
  const Roster old_roster = roster_;
  adopt(std::move(roster), *current, now);
  settle(now);
  purge_old(old_roster);
  update_phase();
  return {};
}

void Director::adopt(Roster roster, const ipvs::Table& current, TimePoint now) {
  touched_ = true;
  const Roster old_roster = std::exchange(roster_, std::move(roster));
  Before before{&old_roster, {}, std::exchange(virtuals_, {})};
  for (std::size_t i = 0; i < old_roster.virtuals.size(); ++i)
    before.virtual_of_id.emplace(old_roster.virtuals[i].id, i);
  adopt_jobs(old_roster, std::exchange(jobs_, {}));
  for (const std::string& complaint : roster_.complaints) outside_.log(complaint);
  for (std::size_t v = 0; v < roster_.virtuals.size(); ++v) {
    auto found = current.find(roster_.virtuals[v].key);
    adopt_virtual(v, before, found == current.end() ? nullptr : &found->second, now);
  }
}

void Director::adopt_jobs(const Roster& old_roster, const std::vector<JobState>& old_jobs) {
  std::unordered_multimap<std::size_t, std::size_t> old_of_hash;
  for (std::size_t i = 0; i < old_roster.jobs.size(); ++i)
    old_of_hash.emplace(question_hash(old_roster.jobs[i]), i);
  job_of_id_.clear();
  for (const Job& job : roster_.jobs) {
    JobState state;
    auto [begin, end] = old_of_hash.equal_range(question_hash(job));
    for (auto at = begin; at != end; ++at)
      if (old_roster.jobs[at->second].same_question(job)) state = old_jobs[at->second];
    if (state.id == 0) state.id = next_job_++;
    job_of_id_.emplace(state.id, jobs_.size());
    jobs_.push_back(std::move(state));
  }
}

void Director::adopt_virtual(std::size_t index, const Before& before, const ipvs::Service* current,
                             TimePoint now) {
  const RosterVirtual& v = roster_.virtuals[index];
  VirtualState& state = virtuals_.emplace_back();
  state.fallback_not_before = now + kFirstResults;
  auto known = before.virtual_of_id.find(v.id);
  const bool kept = known != before.virtual_of_id.end();
  if (kept) state.fallback_allowed = before.virtuals[known->second].fallback_allowed;
  for (const RosterReal& real : v.reals) {
    Health health;
    if (kept) {
      const RosterVirtual& old = before.roster->virtuals[known->second];
      auto same = std::ranges::find(old.reals, real.at, &RosterReal::at);
      if (same != old.reals.end()) {
        health = before.virtuals[known->second].reals[same - old.reals.begin()];
        const bool same_check =
            same->job && real.job &&
            before.roster->jobs[*same->job].same_question(roster_.jobs[*real.job]);
        if (!same_check) {  // another question: its answers do not count on
          health.checked = false;
          health.failures = health.successes = 0;
        }
        health.had_entry = false;
        state.reals.push_back(health);
        continue;
      }
    }
    const bool is_fallback = v.fallback && v.fallback->at == real.at;
    if (current != nullptr && !is_fallback)
      if (auto entry = current->reals.find(real.at); entry != current->reals.end()) {
        health.up = entry->second.weight > 0;
        health.had_entry = !health.up;
        if (health.up) health.went_down = ++order_;
      }
    health.admin = outside_.admin_of(v, real);
    state.reals.push_back(health);
  }
}

void Director::touch(VirtualState& state) {
  state.dirty = touched_ = true;
}

bool Director::look_for_maintenance(const Job::Use& use) {
  const RosterReal& real = roster_.virtuals[use.virtual_index].reals[use.real_index];
  Health& health = virtuals_[use.virtual_index].reals[use.real_index];
  const bool maintenance = outside_.in_maintenance(real);
  if (maintenance == health.maintenance && !maintenance) return false;
  if (maintenance != health.maintenance) {
    health.maintenance = maintenance;
    touch(virtuals_[use.virtual_index]);
    if (maintenance) force_down(health, ++order_);
  }
  if (maintenance) {
    health.checked = true;
    const RosterVirtual& v = roster_.virtuals[use.virtual_index];
    if (!v.monitor_file.empty()) outside_.monitor(v, real, false, "Server in maintenance");
  }
  return maintenance;
}

std::optional<Errand> Director::begin(JobId id, TimePoint now) {
  auto found = job_of_id_.find(id);
  if (found == job_of_id_.end()) return {};
  const Job& job = roster_.jobs[found->second];
  JobState& state = jobs_[found->second];
  bool asked_for = false;
  for (const Job::Use& use : job.uses) {
    const bool maintenance = look_for_maintenance(use);
    const Health& health = virtuals_[use.virtual_index].reals[use.real_index];
    if (!maintenance && health.admin != Admin::kDisabled) asked_for = true;
  }
  if (!asked_for) return {};
  switch (job.kind) {
    case Job::Kind::kAlwaysUp: finish(id, {true, {}, {}}, Duration{0}, now); return {};
    case Job::Kind::kNever: finish(id, {false, job.reason, {}}, Duration{0}, now); return {};
    case Job::Kind::kProbe: return Errand{job.probe, job.limit, job.attempts};
    case Job::Kind::kCombined: break;
  }
  state.negotiating = state.negotiate_due || state.connects_done >= job.connects;
  if (state.negotiating) return Errand{job.probe, job.limit, job.attempts};
  if (job.probe->udp) {  // connecting a datagram socket asks nobody (spec ldirectord-runtime 11.1)
    finish(id, {true, {}, {}}, Duration{0}, now);
    return {};
  }
  return Errand{job.connect, job.connect_limit, 1};
}

void Director::finish(JobId id, const checks::Outcome& outcome, Duration latency, TimePoint now) {
  auto found = job_of_id_.find(id);
  if (found == job_of_id_.end()) return;  // a reload has dropped the question meanwhile
  JobState& state = jobs_[found->second];
  if (state.negotiating) {
    state.negotiate_due = !outcome.up;
    if (outcome.up) state.connects_done = 0;
  } else if (outcome.up) {
    ++state.connects_done;
  } else {
    state.negotiate_due = true;
  }
  if (outcome.notice != state.last.notice && !outcome.notice.empty())
    outside_.warn(fmt::format(
        "WARNING: {}: {}",
        ipvs::endpoint_text(roster_.virtuals[roster_.jobs[found->second].uses[0].virtual_index]
                                .reals[roster_.jobs[found->second].uses[0].real_index]
                                .at.address,
                            roster_.jobs[found->second].probe->target.port),
        outcome.notice));
  if (!state.finished || state.last.up != outcome.up) state.since = now;
  state.last = outcome;
  state.latency = latency;
  state.finished = now;
  ++state.runs;
  monitor(found->second, outcome);
  apply_result(found->second, outcome);
}

void Director::monitor(std::size_t job, const checks::Outcome& outcome) {
  if (!roster_.jobs[job].monitored) return;
  const bool silent_ping = !outcome.up && roster_.jobs[job].probe->check_type == "ping";
  if (silent_ping) return;  // spec ldirectord-runtime 10: a failed ping leaves no line
  for (const Job::Use& use : roster_.jobs[job].uses) {
    const RosterVirtual& v = roster_.virtuals[use.virtual_index];
    if (!v.monitor_file.empty())
      outside_.monitor(v, v.reals[use.real_index], outcome.up, outcome.reason);
  }
}

void Director::apply_result(std::size_t job, const checks::Outcome& outcome) {
  std::set<std::string_view> reset;
  for (const Job::Use& use : roster_.jobs[job].uses) {
    VirtualState& state = virtuals_[use.virtual_index];
    Health& health = state.reals[use.real_index];
    if (health.maintenance || health.admin == Admin::kDisabled) continue;
    const parsers::Effective& rules = roster_.virtuals[use.virtual_index].rules;
    const bool first = !health.checked;
    const Effect effect = outcome.up ? on_success(health, rules.rise_count)
                                     : on_failure(health, rules.failure_count, ++order_);
    tell(use, effect, reset);
    if (first || effect == Effect::kWentDown || effect == Effect::kCameUp ||
        effect == Effect::kResetAndUp)
      touch(state);
  }
}

// The reset of a check that the old program shared too is announced once, for the first virtual
// service that counts it.
void Director::tell(const Job::Use& use, Effect effect, std::set<std::string_view>& reset) {
  const RosterVirtual& v = roster_.virtuals[use.virtual_index];
  const RosterReal& real = v.reals[use.real_index];
  const Health& health = virtuals_[use.virtual_index].reals[use.real_index];
  if (effect == Effect::kSoftFailure)
    outside_.log(soft_failure(real, v, health.failures, v.rules.failure_count));
  if ((effect == Effect::kReset || effect == Effect::kResetAndUp) &&
      reset.insert(real.identity).second)
    outside_.log(reset_failures(real, v));
}

bool Director::results_complete(std::size_t v) const {
  const auto& reals = roster_.virtuals[v].reals;
  for (std::size_t r = 0; r < reals.size(); ++r) {
    const Health& health = virtuals_[v].reals[r];
    if (reals[r].job && !health.checked && health.admin != Admin::kDisabled) return false;
  }
  return true;
}

bool Director::first_results_in() const {
  for (std::size_t v = 0; v < virtuals_.size(); ++v)
    if (count_in_service(virtuals_[v].reals) == 0 && !results_complete(v)) return false;
  return true;
}

void Director::update_phase() {
  if (phase_ != Phase::kStarting && phase_ != Phase::kReloading) return;
  for (std::size_t v = 0; v < virtuals_.size(); ++v)
    if (virtuals_[v].dirty || !results_complete(v)) return;
  phase_ = Phase::kRunning;
}

void Director::set_admin(std::size_t virtual_index, std::size_t real_index, Admin admin) {
  Health& health = virtuals_[virtual_index].reals[real_index];
  if (health.admin == admin) return;
  // A disabled server is not checked, so what was known about it is worth nothing afterwards.
  if (admin == Admin::kDisabled || health.admin == Admin::kDisabled) {
    health = Health{};
    health.checked = admin == Admin::kDisabled;
  }
  health.admin = admin;
  touch(virtuals_[virtual_index]);
}

}  // namespace um::ldirectord
