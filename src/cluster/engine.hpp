// engine.hpp - one node of the cluster, without clock, socket, process or file.
//
// The daemon, the simulator and the unit tests drive the very same object: Events in, Actions out,
// in the order in which they must be carried out. Same configuration, same events, same times: same
// actions. Its memory is bounded whatever arrives; no packet can make it throw.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "cluster/events.hpp"
#include "cluster/membership.hpp"
#include "cluster/outbox.hpp"
#include "cluster/ownership.hpp"
#include "cluster/view.hpp"

namespace um::cluster {

class Engine {
 public:
  explicit Engine(Config config);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// The first event must be Started. `now` never goes back on the monotonic clock; what the wall
  /// clock does is of no matter.
  Actions handle(const Event& event, Now now);

  /// When Tick must come; much later is taken for an own pause (decision W6). Read it anew after
  /// every handle().
  TimePoint next_deadline() const { return deadline_; }

  /// The line of /proc/loadavg that packets carry as `ld` (`n/a` until set).
  void set_load(std::string line) { membership_.set_load(std::move(line)); }

  const Config& config() const { return config_; }
  /// Nodes, their status, links, weights, sites (what the client API and cl_status ask).
  const ClusterView& cluster() const { return membership_; }
  NodeStatus local_status() const { return membership_.local_status(); }
  /// The word of `cl_status rscstatus`.
  std::string_view rsc_status() const { return ownership_.rsc_status(); }
  const Ownership& ownership() const { return ownership_; }

 private:
  void notice_pause(Now now);
  void drain(Outbox& box, Now now);
  void tell(const Notice& notice, Now now);
  void send(wire::Message message, Now now);
  void process_own_messages(Now now);
  void tick(Now now);
  TimePoint earliest_deadline() const;
  void reconfigure(const Config& config);

  Config config_;
  Membership membership_;
  Ownership ownership_;
  std::deque<wire::Message> own_messages_;  // sent, still to be processed here
  Actions actions_;
  std::optional<TimePoint> last_event_;
  TimePoint deadline_{};  // as of the last event
};

}  // namespace um::cluster
