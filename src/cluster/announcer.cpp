#include "cluster/announcer.hpp"

#include <algorithm>

namespace um::cluster {
namespace {

using namespace std::chrono_literals;

constexpr Duration kStartMargin = 2s;
constexpr Duration kStartPeriod = 5s;
constexpr Duration kRestartMargin = 30s;

}  // namespace

void Announcer::start(TimePoint now) {
  next_ = now + config_.times.keepalive;
  expect_delay(now);
  announced_ = deadtime(now);
}

void Announcer::expect_delay(TimePoint now) {
  delayed_until_ = now + kStartPeriod;
}

void Announcer::times_changed(TimePoint now) {
  next_ = std::min(next_, now + config_.times.keepalive);
}

wire::Message Announcer::status(NodeStatus local, bool protocol, TimePoint now) const {
  wire::Message message("status");
  message.set("st", to_string(local));
  message.set_hex("dt", std::chrono::duration_cast<Milliseconds>(deadtime(now)).count());
  if (protocol) message.set("protocol", "1");
  message.set("um", "1");  // decision G7
  return message;
}

bool Announcer::due(TimePoint now) {
  bool send = false;
  if (now >= next_) {
    // After a pause one status is enough; the rhythm stays when we are only a little late.
    next_ = std::max(next_ + config_.times.keepalive, now);
    if (next_ == now) next_ += config_.times.keepalive;
    send = true;
  }
  if (deadtime(now) != announced_) {
    announced_ = deadtime(now);
    send = true;
  }
  return send;
}

TimePoint Announcer::next_deadline() const {
  const bool will_change = !restarting_ && announced_ != Duration(config_.times.deadtime);
  return will_change ? std::min(next_, delayed_until_) : next_;
}

Duration Announcer::deadtime(TimePoint now) const {
  const Duration base = config_.times.deadtime;
  if (restarting_) return base + kRestartMargin;
  return now < delayed_until_ ? base + kStartMargin : base;
}

}  // namespace um::cluster
