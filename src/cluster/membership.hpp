// membership.hpp - who is in the cluster and how messages get through (spec heartbeat wire 2, 5-7).
//
// Judges every packet (node, generation, sequence), asks for lost ones and serves those that peers
// lost, keeps node and link states, announces our own status, runs comm-up and the end of a
// shutdown. What it finds goes into the Outbox: log lines, packets, messages for API clients,
// Notices for resource ownership. It never looks into resource messages.
#pragma once
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cluster/outbox.hpp"
#include "cluster/view.hpp"

namespace um::cluster {

class Membership final : public ClusterView {
 public:
  /// `config` must outlive it.
  explicit Membership(const Config& config);

  void start(Now now, Outbox& out);
  void packet(const PacketReceived& packet, Now now, Outbox& out);
  /// One of our own messages, as stamped and sent.
  void own_message(const wire::Message& message, Now now, Outbox& out);
  void tick(Now now, Outbox& out);
  void client_starting(Now now, Outbox& out);
  void clients_stopped(Now now, Outbox& out);
  void paused(Duration gap, Now now, Outbox& out);
  void reconfigured(Now now, Outbox& out);
  TimePoint next_deadline() const;

  /// Adds the control fields (wire 2) and remembers sequenced messages for retransmission.
  wire::Message stamp(wire::Message message, Now now);
  /// Our `status`, without control fields.
  wire::Message status_message(Now now) const;

  NodeStatus local_status() const;
  void set_load(std::string line);

  const std::string& self() const override;
  std::vector<NodeView> nodes() const override;
  NodeStatus status_of(std::string_view node) const override;
  bool is_new_pair(std::string_view node) const override;
};

}  // namespace um::cluster
