// clock.hpp - the two times a daemon needs, always passed in, never read inside pure code.
//
// Intervals and deadlines are monotonic; the wall clock only fills the `ts` field of packets and
// the log. A jump of the wall clock therefore never makes a node look late (decision W6).
#pragma once
#include <chrono>
#include <cstdint>

namespace um {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// One instant as both clocks show it.
struct Now {
  TimePoint monotonic;
  std::int64_t unix_seconds = 0;
};

/// The only place that reads the clocks of the machine.
inline Now read_clock() {
  using namespace std::chrono;
  return {time_point_cast<Duration>(steady_clock::now()),
          duration_cast<seconds>(system_clock::now().time_since_epoch()).count()};
}

}  // namespace um
