// log_limiter.hpp - one bad source must not flood the log (decision W15).
//
// The first line of a source appears at once, as the legacy daemon wrote it; further ones of the
// same source within a minute are only counted, and the count is one line of its own. Bounded:
// beyond 256 sources all others share one entry.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cluster/events.hpp"

namespace um::cluster {

class LogLimiter {
 public:
  /// True: write `line` now. `source` names who caused it and the kind of trouble.
  bool allow(const std::string& source, LogLevel level, const std::string& line, TimePoint now);
  /// The counts of minutes that have passed.
  std::vector<Log> take_counts(TimePoint now);

 private:
  struct Entry {
    TimePoint since{};
    std::uint64_t suppressed = 0;
    Log last;
  };
  std::map<std::string, Entry> entries_;
};

}  // namespace um::cluster
