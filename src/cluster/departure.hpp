// departure.hpp - the end of a shutdown, once our resources are released (wire 7.6 steps 4 and 5).
#pragma once
#include <optional>

#include "base/clock.hpp"
#include "cluster/outbox.hpp"

namespace um::cluster {

class Departure {
 public:
  /// What must be done now; the caller does it.
  enum class Step : std::uint8_t { kNone, kLastStatuses, kExit };

  void ask_for_restart(bool restart) { restart_ = restart; }
  bool restart() const { return restart_; }

  /// Our own `shutdone` has been sent.
  void resources_released(TimePoint now);
  void clients_stopped(TimePoint now);

  Step advance(TimePoint now);
  std::optional<TimePoint> next_deadline() const;

 private:
  enum class Stage : std::uint8_t { kMember, kReleased, kStoppingClients, kLeaving, kGone };

  Stage stage_ = Stage::kMember;
  TimePoint due_{};
  bool restart_ = false;
};

}  // namespace um::cluster
