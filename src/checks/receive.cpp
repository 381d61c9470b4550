#include "checks/receive.hpp"

#include <fmt/format.h>

#include "checks/failure.hpp"

namespace um::checks {

parsers::Pattern receive_pattern(const Probe& probe) {
  parsers::Pattern pattern(probe.receive);
  if (const auto& error = pattern.error())
    throw Failure{fmt::format("receive: {} at character {}", error->why, error->at + 1)};
  return pattern;
}

}  // namespace um::checks
