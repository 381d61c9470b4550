#include "ldirectord/timetable.hpp"

#include <algorithm>
#include <cmath>

namespace um::ldirectord {
namespace {

// A turn may be taken late by this part of the interval.
constexpr int kLateness = 4;

// Multiples of the golden ratio fill an interval evenly at every length of the sequence.
Duration spread(std::uint64_t index, Duration interval) {
  constexpr double kGolden = 0.6180339887498949;
  double whole = 0;
  const double part = std::modf(static_cast<double>(index + 1) * kGolden, &whole);
  return Duration(static_cast<std::int64_t>(part * static_cast<double>(interval.count())));
}

}  // namespace

void Timetable::set(const std::vector<Entry>& entries, TimePoint now) {
  ++round_;
  for (const Entry& entry : entries) {
    auto [found, fresh] = rhythms_.try_emplace(entry.id);
    Rhythm& rhythm = found->second;
    rhythm.round = round_;
    rhythm.interval = std::max<Duration>(entry.interval, std::chrono::milliseconds(1));
    if (!fresh) continue;
    rhythm.phase = spread(created_++, rhythm.interval);
    rhythm.due = now;
    waiting_.emplace(now, entry.id);
  }
  std::erase_if(rhythms_, [&](const auto& item) {
    if (item.second.round == round_) return false;
    waiting_.erase({item.second.due, item.first});
    return true;
  });
}

std::vector<Timetable::Id> Timetable::take_due(TimePoint now, std::size_t limit) {
  std::vector<Id> due;
  while (due.size() < limit && !waiting_.empty() && waiting_.begin()->first <= now) {
    const Id id = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    rhythms_[id].running = true;
    due.push_back(id);
  }
  return due;
}

void Timetable::finished(Id id, TimePoint now) {
  auto found = rhythms_.find(id);
  if (found == rhythms_.end() || !found->second.running) return;
  Rhythm& rhythm = found->second;
  rhythm.running = false;
  rhythm.due += std::exchange(rhythm.first, false) ? rhythm.phase : rhythm.interval;
  // A check that took longer than its interval waits for its next turn instead of running without
  // pause; but the timeout of a silent server may well be as long as the interval, and to lose a
  // turn for a moment's lateness would double the time until it is found dead.
  const Duration late = now - rhythm.due;
  if (late > rhythm.interval / kLateness)
    rhythm.due += (late / rhythm.interval + 1) * rhythm.interval;
  waiting_.emplace(rhythm.due, id);
}

std::optional<TimePoint> Timetable::next() const {
  if (waiting_.empty()) return {};
  return waiting_.begin()->first;
}

Duration Timetable::overdue(TimePoint now) const {
  if (waiting_.empty() || waiting_.begin()->first > now) return Duration{0};
  return now - waiting_.begin()->first;
}

}  // namespace um::ldirectord
