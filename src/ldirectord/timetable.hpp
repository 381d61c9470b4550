// timetable.hpp - when each check is due.
//
// Every check runs once at once, then with a fixed period and a phase of its own, so that the
// checks are spread evenly over the interval however many there are and whenever they were added
// (decision L25). A check that runs is not due again before it has ended. Pure: time is an
// argument.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace um::ldirectord {

class Timetable {
 public:
  using Id = std::uint64_t;
  struct Entry {
    Id id = 0;
    std::chrono::milliseconds interval{0};
  };

  /// What is to be checked from now on. Known checks keep their rhythm, new ones are due at once.
  void set(const std::vector<Entry>& entries, TimePoint now);
  /// Takes at most `limit` checks that are due; each counts as running until finished().
  std::vector<Id> take_due(TimePoint now, std::size_t limit);
  void finished(Id id, TimePoint now);
  /// When the next check is due; nothing when none waits.
  std::optional<TimePoint> next() const;
  /// How long the check that waits longest has been due.
  Duration overdue(TimePoint now) const;

 private:
  struct Rhythm {
    Duration interval{0};
    TimePoint due{};
    bool running = false;
    bool first = true;
    Duration phase{0};
    std::uint64_t round = 0;  // of set(), to find what is gone
  };

  std::unordered_map<Id, Rhythm> rhythms_;
  std::set<std::pair<TimePoint, Id>> waiting_;
  std::uint64_t created_ = 0;
  std::uint64_t round_ = 0;
};

}  // namespace um::ldirectord
