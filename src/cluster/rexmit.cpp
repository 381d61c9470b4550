#include "cluster/rexmit.hpp"

#include <algorithm>
#include <utility>

namespace um::cluster {
namespace {

using namespace std::chrono_literals;

// 3.0.6 waits at least this long before it asks, unless max_rexmit_delay is below 100 ms
// (wire 6.4).
constexpr Duration kShortestDelay = 50ms;
constexpr Duration kTooShortForThat = 100ms;

}  // namespace

void RexmitSchedule::want(std::uint64_t number, TimePoint now, Duration max_delay, Random& random) {
  const Duration least = max_delay < kTooShortForThat ? Duration{} : kShortestDelay;
  due_[number] = now + Duration(random.between(least.count(), max_delay.count()));
}

std::vector<std::uint64_t> RexmitSchedule::take_due(TimePoint now, Duration max_delay) {
  std::vector<std::pair<TimePoint, std::uint64_t>> overdue;
  for (const auto& [number, due] : due_)
    if (due <= now) overdue.emplace_back(due, number);
  if (overdue.empty()) return {};
  std::ranges::sort(overdue);
  if (now - round_began_ >= max_delay) {
    round_began_ = now;
    asked_in_round_ = 0;
  }
  std::vector<std::uint64_t> numbers;
  for (const auto& [due, number] : overdue) {
    if (asked_in_round_ < kRexmitsPerRound) {
      numbers.push_back(number);
      ++asked_in_round_;
      due_[number] = now + max_delay;
    } else {
      due_[number] = round_began_ + max_delay;
    }
  }
  return numbers;
}

std::optional<TimePoint> RexmitSchedule::next_deadline() const {
  if (due_.empty()) return std::nullopt;
  return std::ranges::min_element(due_, {}, [](const auto& entry) { return entry.second; })->second;
}

}  // namespace um::cluster
