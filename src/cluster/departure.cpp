#include "cluster/departure.hpp"

namespace um::cluster {
namespace {

using namespace std::chrono_literals;

constexpr Duration kStepTime = 1s;

}  // namespace

void Departure::resources_released(TimePoint now) {
  if (stage_ != Stage::kMember) return;
  stage_ = Stage::kReleased;
  due_ = now + kStepTime;
}

void Departure::clients_stopped(TimePoint now) {
  if (stage_ != Stage::kStoppingClients) return;
  stage_ = Stage::kLeaving;
  due_ = now + kStepTime;
}

Departure::Step Departure::advance(TimePoint now) {
  if (stage_ == Stage::kReleased && now >= due_) {
    stage_ = Stage::kStoppingClients;
    return Step::kLastStatuses;
  }
  if (stage_ == Stage::kLeaving && now >= due_) {
    stage_ = Stage::kGone;
    return Step::kExit;
  }
  return Step::kNone;
}

std::optional<TimePoint> Departure::next_deadline() const {
  if (stage_ == Stage::kReleased || stage_ == Stage::kLeaving) return due_;
  return std::nullopt;
}

}  // namespace um::cluster
