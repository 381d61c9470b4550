#include "cluster/history.hpp"

#include <algorithm>
#include <utility>

#include "cluster/rexmit.hpp"
#include "cluster/sequence.hpp"

namespace um::cluster {

void SendHistory::store(wire::Message message) {
  ++newest_;
  entries_.push_back({std::move(message), std::nullopt});
  if (entries_.size() > kHistorySize) entries_.pop_front();
}

std::vector<RexmitAnswer> SendHistory::serve(std::uint64_t first, std::uint64_t last, TimePoint now,
                                             Duration pause) {
  const std::uint64_t lowest = newest_ + 1 - entries_.size();
  std::vector<RexmitAnswer> answers;
  last = std::min(last, newest_);
  for (std::uint64_t n = first; n <= last && answers.size() < kRexmitsPerRound; ++n) {
    if (n < lowest) {
      answers.push_back({n, nullptr, "seqno too low"});
      continue;
    }
    Entry& entry = entries_[n - lowest];
    if (entry.resent && now - *entry.resent < pause) continue;
    entry.resent = now;
    answers.push_back({n, &entry.message, {}});
  }
  return answers;
}

}  // namespace um::cluster
