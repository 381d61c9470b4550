#include "ldirectord/health.hpp"

#include <algorithm>

namespace um::ldirectord {
namespace {

void take_down(Health& health, std::uint64_t order) {
  health.up = false;
  health.successes = 0;
  health.went_down = order;
}

}  // namespace

Effect on_success(Health& health, std::uint32_t rise_count) {
  health.checked = true;
  if (!health.up && ++health.successes < rise_count) return Effect::kNothing;
  const bool had_failures = health.failures > 0;
  health.failures = 0;
  health.successes = 0;
  if (health.up) return had_failures ? Effect::kReset : Effect::kNothing;
  health.up = true;
  return had_failures ? Effect::kResetAndUp : Effect::kCameUp;
}

Effect on_failure(Health& health, std::uint32_t fail_count, std::uint64_t order) {
  health.checked = true;
  health.successes = 0;
  if (!health.up) {
    health.failures = std::max(health.failures, 1U);
    return Effect::kNothing;
  }
  ++health.failures;
  if (health.failures < fail_count) return Effect::kSoftFailure;
  take_down(health, order);
  return Effect::kWentDown;
}

Effect force_down(Health& health, std::uint64_t order) {
  health.checked = true;
  ++health.failures;
  if (!health.up) return Effect::kNothing;
  take_down(health, order);
  return Effect::kWentDown;
}

}  // namespace um::ldirectord
