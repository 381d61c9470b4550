#include "cluster/log_limiter.hpp"

#include <fmt/format.h>

namespace um::cluster {
namespace {

using namespace std::chrono_literals;

constexpr Duration kWindow = 1min;
constexpr std::size_t kMostSources = 256;

}  // namespace

bool LogLimiter::allow(const std::string& source, LogLevel level, const std::string& line,
                       TimePoint now) {
  const bool known = entries_.contains(source);
  Entry& entry = entries_[known || entries_.size() < kMostSources ? source : std::string{}];
  if (entry.last.text.empty()) {
    entry = {now, 0, {level, line}};
    return true;
  }
  ++entry.suppressed;
  entry.last = {level, line};
  return false;
}

std::vector<Log> LogLimiter::take_counts(TimePoint now) {
  std::vector<Log> lines;
  for (auto it = entries_.begin(); it != entries_.end();) {
    Entry& entry = it->second;
    if (now - entry.since < kWindow) {
      ++it;
    } else if (entry.suppressed == 0) {
      it = entries_.erase(it);
    } else {
      lines.push_back({entry.last.level, fmt::format("{} more like this within a minute: {}",
                                                     entry.suppressed, entry.last.text)});
      entry.since = now;
      entry.suppressed = 0;
      ++it;
    }
  }
  return lines;
}

}  // namespace um::cluster
