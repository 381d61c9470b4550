#include "cluster/work_queue.hpp"

#include <algorithm>
#include <utility>

namespace um::cluster {

WorkQueue::Id WorkQueue::add(Operation operation) {
  Entry entry;
  entry.states.assign(operation.steps.size(), StepState::kWaiting);
  entry.jobs.assign(operation.steps.size(), 0);
  entry.operation = std::move(operation);
  operations_.emplace(++last_id_, std::move(entry));
  return last_id_;
}

std::optional<WorkQueue::Progress> WorkQueue::next() {
  for (auto& [id, entry] : operations_) {
    if (!entry.began) {
      if (entry.cancelled || !may_begin(id, entry)) continue;
      entry.began = true;
      return Began{id};
    }
    if (done(entry)) {
      Id ended = id;
      bool tell = !entry.cancelled;
      operations_.erase(ended);
      if (!tell) return next();
      return Ended{ended};
    }
    if (auto step = next_step(id, entry)) {
      entry.states[*step] = StepState::kRunning;
      entry.jobs[*step] = ++last_job_;
      return StepStarts{id, last_job_, entry.operation.steps[*step]};
    }
  }
  return std::nullopt;
}

std::optional<WorkQueue::Finished> WorkQueue::job_finished(std::uint64_t job) {
  for (auto& [id, entry] : operations_)
    for (std::size_t i = 0; i < entry.jobs.size(); ++i)
      if (entry.jobs[i] == job && entry.states[i] == StepState::kRunning) {
        entry.states[i] = StepState::kDone;
        return Finished{id, entry.operation.steps[i]};
      }
  return std::nullopt;
}

void WorkQueue::cancel(Id operation) {
  auto found = operations_.find(operation);
  if (found == operations_.end()) return;
  Entry& entry = found->second;
  entry.cancelled = true;
  std::ranges::replace(entry.states, StepState::kWaiting, StepState::kDone);
  if (done(entry)) operations_.erase(found);
}

bool WorkQueue::any_running() const {
  return std::ranges::any_of(operations_, [](const auto& item) {
    return std::ranges::find(item.second.states, StepState::kRunning) != item.second.states.end();
  });
}

bool WorkQueue::busy(std::string_view group) const {
  for (const auto& [id, entry] : operations_)
    for (std::size_t i = 0; i < entry.states.size(); ++i)
      if (entry.states[i] != StepState::kDone && entry.operation.steps[i].group == group)
        return true;
  return false;
}

bool WorkQueue::may_begin(Id id, const Entry& entry) const {
  if (entry.operation.lane == Lane::kFree) return true;
  return std::none_of(operations_.begin(), operations_.find(id), [](const auto& older) {
    return older.second.operation.lane == Lane::kScripts;
  });
}

std::optional<std::size_t> WorkQueue::next_step(Id id, const Entry& entry) const {
  if (std::ranges::find(entry.states, StepState::kRunning) != entry.states.end())
    return std::nullopt;
  for (std::size_t i = 0; i < entry.states.size(); ++i) {
    if (entry.states[i] == StepState::kDone) continue;
    if (may_start(id, entry, i)) return i;
    if (!entry.operation.passes_blocked) return std::nullopt;
  }
  return std::nullopt;
}

bool WorkQueue::may_start(Id id, const Entry& entry, std::size_t step) const {
  const Step& wanted = entry.operation.steps[step];
  for (auto older = operations_.begin(); older->first != id; ++older)
    for (std::size_t i = 0; i < older->second.states.size(); ++i)
      if (older->second.states[i] != StepState::kDone &&
          in_each_others_way(wanted, older->second.operation.steps[i]))
        return false;
  return true;
}

bool WorkQueue::done(const Entry& entry) {
  return std::ranges::all_of(entry.states, [](StepState s) { return s == StepState::kDone; });
}

bool WorkQueue::in_each_others_way(const Step& a, const Step& b) {
  if (a.exclusive || b.exclusive) return true;
  return !a.group.empty() && a.group == b.group;
}

}  // namespace um::cluster
