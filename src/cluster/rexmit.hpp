// rexmit.hpp - when to ask one node for which of its lost messages (wire 6.4, decision W12).
//
// Each number is asked for after a random delay, so that the cluster's nodes do not ask in chorus
// and packets that only overtook one another are not asked for at all; then again every
// max_rexmit_delay. At most 50 numbers per round of that length.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "cluster/random.hpp"

namespace um::cluster {

/// Numbers in one round of requests, resends in answer to one request (wire 6.5).
inline constexpr std::size_t kRexmitsPerRound = 50;

class RexmitSchedule {
 public:
  void want(std::uint64_t number, TimePoint now, Duration max_delay, Random& random);
  void drop(std::uint64_t number) { due_.erase(number); }
  void clear() { due_.clear(); }

  /// The numbers to ask for now, longest overdue first.
  std::vector<std::uint64_t> take_due(TimePoint now, Duration max_delay);
  std::optional<TimePoint> next_deadline() const;

 private:
  std::map<std::uint64_t, TimePoint> due_;
  TimePoint round_began_{};
  std::size_t asked_in_round_ = 0;
};

}  // namespace um::cluster
