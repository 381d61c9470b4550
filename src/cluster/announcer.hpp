// announcer.hpp - our own status: every keepalive, with the deadtime we ask for (wire 7.3, W5).
#pragma once
#include "base/clock.hpp"
#include "cluster/config.hpp"
#include "cluster/view.hpp"
#include "wire/message.hpp"

namespace um::cluster {

class Announcer {
 public:
  explicit Announcer(const Config& config) : config_(config) {}

  void start(TimePoint now);
  /// A child client is about to be started: ask for 2 s more, for 5 s.
  void expect_delay(TimePoint now);
  /// The configuration may have another keepalive now.
  void times_changed(TimePoint now);
  /// We are about to restart: ask for 30 s more.
  void expect_restart() { restarting_ = true; }

  /// Without control fields.
  wire::Message status(NodeStatus local, bool protocol, TimePoint now) const;

  /// True when a status must be sent now; the caller sends it.
  bool due(TimePoint now);
  TimePoint next_deadline() const;

 private:
  Duration deadtime(TimePoint now) const;

  const Config& config_;
  TimePoint next_{};
  TimePoint delayed_until_{};
  Duration announced_{};
  bool restarting_ = false;
};

}  // namespace um::cluster
