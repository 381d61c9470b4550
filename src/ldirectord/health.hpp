// health.hpp - what the director believes about one real server of one virtual service.
//
// A small state machine without clock or I/O: results of checks and the operator's wishes go in,
// and what to say about it comes out. Counting follows ldirectord 4.12 (spec ldirectord-runtime
// 5.1, 5.2): the count of failures outlives the removal and its reset is announced at the first
// success.
#pragma once
#include <cstdint>

namespace um::ldirectord {

enum class Admin : std::uint8_t { kEnabled, kDrained, kDisabled };

struct Health {
  bool up = false;           // may take connections as far as checks know
  bool checked = false;      // at least one result in this life of the director
  bool had_entry = false;    // the table held it at weight 0 when the director found it
  bool maintenance = false;  // a file in maintenancedir says so
  Admin admin = Admin::kEnabled;
  std::uint32_t failures = 0;   // in a row; stays above 0 while down
  std::uint32_t successes = 0;  // in a row while down
  std::uint64_t went_down = 0;  // order of going down among all servers; 0: never was up

  bool in_service() const { return up && !maintenance && admin == Admin::kEnabled; }
};

/// What one result meant.
enum class Effect : std::uint8_t {
  kNothing,
  kSoftFailure,  // failed, but not often enough
  kWentDown,
  kReset,   // a success after failures, while it is (still) up, or on its way up
  kCameUp,  // without failures before
  kResetAndUp
};

/// A check succeeded; `rise_count` successes in a row bring a failed server back.
Effect on_success(Health& health, std::uint32_t rise_count);
/// A check failed; `fail_count` failures in a row take a server out. `order` numbers the event.
Effect on_failure(Health& health, std::uint32_t fail_count, std::uint64_t order);
/// Taken out at once, whatever the count.
Effect force_down(Health& health, std::uint64_t order);

}  // namespace um::ldirectord
