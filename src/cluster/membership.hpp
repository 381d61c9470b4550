// membership.hpp - who is in the cluster and how messages get through (spec heartbeat wire 2, 5-7).
//
// Puts the parts together: Receiver judges packets, Retransmitter asks for lost ones and serves
// those that peers lost, Flow acknowledges, Liveness judges silence, Announcer sends our status,
// Joining and Departure lead in and out, NodeList knows who belongs. What it finds goes into the
// Outbox: log lines, packets, messages for API clients, Notices for resource ownership. It never
// looks into resource messages.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "cluster/announcer.hpp"
#include "cluster/departure.hpp"
#include "cluster/flow.hpp"
#include "cluster/joining.hpp"
#include "cluster/liveness.hpp"
#include "cluster/node_list.hpp"
#include "cluster/outbox.hpp"
#include "cluster/receiver.hpp"
#include "cluster/retransmitter.hpp"
#include "cluster/roster.hpp"
#include "cluster/view.hpp"

namespace um::cluster {

class Membership final : public ClusterView {
 public:
  /// `config` must outlive it; reconfigured() follows each change of it.
  explicit Membership(const Config& config);

  void start(Now now, Outbox& out);
  void packet(const PacketReceived& packet, Now now, Outbox& out);
  /// One of our own messages, as stamped and sent.
  void own_message(const wire::Message& message, Now now, Outbox& out);
  void tick(Now now, Outbox& out);
  void client_starting(Now now, Outbox& out);
  void clients_stopped(Now now) { departure_.clients_stopped(now.monotonic); }
  void shutdown_requested(bool restart) { departure_.ask_for_restart(restart); }
  void paused(Duration gap, Now now, Outbox& out) { liveness_.paused(gap, now.monotonic, out); }
  void reconfigured(Now now, Outbox& out);
  TimePoint next_deadline() const;

  /// Adds the control fields (wire 2) and remembers sequenced messages for retransmission.
  wire::Message stamp(wire::Message message, Now now);
  /// Our `status`, without control fields.
  wire::Message status_message(Now now) const;

  NodeStatus local_status() const { return roster_.self().status; }
  void set_load(std::string line) { load_ = std::move(line); }

  const std::string& self() const override { return config_.node; }
  std::vector<NodeView> nodes() const override;
  NodeStatus status_of(std::string_view node) const override;
  bool is_new_pair(std::string_view node) const override;

 private:
  void announce(Now now, Outbox& out) { out.broadcast(status_message(now)); }
  void set_local_status(NodeStatus status, Outbox& out);

  void accept(Peer& peer, const wire::Message& message, bool returned, Now now, Outbox& out);
  void protocol_message(Peer& peer, const wire::Message& message, Now now, Outbox& out);
  void status(Peer& peer, const wire::Message& message, bool returned, Now now, Outbox& out);
  void status_changed(Peer& peer, NodeStatus status, Outbox& out);
  void release_held(Peer& peer, Outbox& out);
  void deliver(const wire::Message& message, Outbox& out);
  void link_heard(Peer& peer, const std::string& link, TimePoint now, Outbox& out);

  void judge_silence(Now now, Outbox& out);
  void bury(Peer& peer, Now now, Outbox& out);
  void report_link(const Peer& peer, const std::string& link, bool up, Outbox& out);
  void advance_comm_up(Now now, Outbox& out);
  void depart(Now now, Outbox& out);

  const Config& config_;
  Roster roster_;
  Receiver receiver_;
  Retransmitter retransmitter_;
  Flow flow_;
  Liveness liveness_;
  Announcer announcer_;
  Joining joining_;
  NodeList node_list_;
  Departure departure_;
  std::string load_ = "n/a";
  NodeStatus own_status_delivered_ = NodeStatus::kDead;  // the clients' last news of us
};

}  // namespace um::cluster
