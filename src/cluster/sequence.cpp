#include "cluster/sequence.hpp"

namespace um::cluster {

Receipt ReceiveSequence::receive(std::uint64_t number) {
  Receipt receipt;
  receipt.newest_before = newest_;
  if (number <= newest_) {
    // After a death the old numbers stay known: a packet delayed past it must not pass twice.
    if (missing_.erase(number) > 0) {
      receipt.arrival = Arrival::kFilledGap;
      receipt.complete = missing_.empty();
    } else {
      receipt.arrival = number == newest_ ? Arrival::kDuplicate : Arrival::kOld;
    }
    return receipt;
  }
  const std::uint64_t lost = number - newest_ - 1;
  if (any_next_ || lost == 0) {
    receipt.arrival = Arrival::kInOrder;
  } else if (lost > kLargestGap) {
    receipt.arrival = Arrival::kLostALot;
    missing_.clear();
  } else {
    receipt.arrival = Arrival::kAfterGap;
    for (std::uint64_t n = newest_ + 1; n < number; ++n) missing_.insert(missing_.end(), n);
  }
  any_next_ = false;
  newest_ = number;
  while (!missing_.empty() && *missing_.begin() + kHistorySize <= newest_) {
    receipt.gave_up.push_back(*missing_.begin());
    missing_.erase(missing_.begin());
  }
  return receipt;
}

void ReceiveSequence::forget() {
  any_next_ = true;
  missing_.clear();
}

void ReceiveSequence::restart() {
  forget();
  newest_ = 0;
}

void ReceiveSequence::expect_from(std::uint64_t number) {
  if (number <= newest_) return;
  newest_ = number - 1;
  any_next_ = false;
}

}  // namespace um::cluster
