// sequence.hpp - the numbers of the messages that arrive from one node (wire 6.2 steps 6 to 9).
//
// Accepts each number at most once, whatever the order of arrival; remembers which numbers are
// missing; never promises order. Bounded: what lies 500 behind the newest number is given up.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace um::cluster {

/// Messages a sender keeps for retransmission (wire 6.3); asking for older ones is useless.
inline constexpr std::uint64_t kHistorySize = 500;
/// A gap beyond this is not asked for (wire 6.2 step 8).
inline constexpr std::uint64_t kLargestGap = 250;

enum class Arrival : std::uint8_t {
  kInOrder,    // accepted: the next one, or the first ever
  kAfterGap,   // accepted: numbers before it are missing now
  kLostALot,   // accepted: so much is missing that it is forgotten
  kFilledGap,  // accepted: it was missing
  kDuplicate,  // the newest one once more
  kOld,        // seen before, or given up
};

inline bool accepted(Arrival arrival) {
  return arrival <= Arrival::kFilledGap;
}

struct Receipt {
  Arrival arrival = Arrival::kOld;
  std::uint64_t newest_before = 0;     // the newest number before this one
  std::vector<std::uint64_t> gave_up;  // numbers too far behind by now, ascending
  bool complete = false;               // this one closed the last gap
};

class ReceiveSequence {
 public:
  Receipt receive(std::uint64_t number);

  /// The node died: gaps are forgotten and the next number may be any higher one.
  void forget();
  /// The node started again: numbers begin anew.
  void restart();
  /// Everything from `number` on is expected, although nothing of it has arrived yet.
  void expect_from(std::uint64_t number);
  /// The sender cannot send `number` again. True if it was missing.
  bool give_up(std::uint64_t number) { return missing_.erase(number) > 0; }

  const std::set<std::uint64_t>& missing() const { return missing_; }
  std::uint64_t newest() const { return newest_; }

 private:
  std::uint64_t newest_ = 0;
  bool any_next_ = true;  // nothing heard since the start, the death or the restart
  std::set<std::uint64_t> missing_;
};

}  // namespace um::cluster
