#include "cluster/membership.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "cluster/message_types.hpp"

namespace um::cluster {
namespace {

std::string_view bytes_of(const Uuid& uuid) {
  return {reinterpret_cast<const char*>(uuid.data()), uuid.size()};
}

std::optional<NodeStatus> parse_status(std::string_view text) {
  for (const NodeStatus status :
       {NodeStatus::kInit, NodeStatus::kUp, NodeStatus::kActive, NodeStatus::kPing}) {
    if (text == to_string(status)) return status;
  }
  return std::nullopt;
}

}  // namespace

Membership::Membership(const Config& config)
    : config_(config),
      roster_(config),
      receiver_(config, roster_),
      retransmitter_(config, roster_, receiver_),
      flow_(roster_),
      liveness_(config, roster_),
      announcer_(config),
      joining_(config, roster_),
      node_list_(roster_, joining_) {}

// The legacy daemon sends init, up, up back to back (wire 10.1); peers expect nothing else.
void Membership::start(Now now, Outbox& out) {
  roster_.start(now.monotonic);
  joining_.start(now.monotonic);
  announcer_.start(now.monotonic);
  announce(now, out);
  set_local_status(NodeStatus::kUp, out);
  announce(now, out);
  announce(now, out);
  advance_comm_up(now, out);
}

void Membership::set_local_status(NodeStatus status, Outbox& out) {
  roster_.self().status = status;
  out.log(LogLevel::kInfo, fmt::format("Local status now set to: '{}'", to_string(status)));
}

// ---- receiving

void Membership::packet(const PacketReceived& packet, Now now, Outbox& out) {
  if (packet.medium >= config_.media.size()) return;
  const std::string& link = config_.media[packet.medium].link;
  const Admission admission =
      receiver_.admit(packet.message, link, retransmitter_.history().newest(), now.monotonic, out);
  if (!admission.peer) return;
  Peer& peer = *admission.peer;
  if (admission.restarted) out.tell(NodeRestarted{peer.name});
  switch (admission.verdict) {
    case Verdict::kRefused: break;
    case Verdict::kDuplicate:
    case Verdict::kOurEcho:
      link_heard(peer, link, now.monotonic, out);
      out.act(DeliverLocal{packet.message, Treatment::kDuplicate});
      break;
    case Verdict::kNotForUs:
      flow_.accepted(peer, out);
      out.act(DeliverLocal{packet.message, Treatment::kDrop});
      break;
    case Verdict::kAccepted:
      peer.newest_ts = static_cast<std::int64_t>(packet.message.hex("ts").value_or(0));
      if (!is_unsequenced(packet.message.type())) flow_.accepted(peer, out);
      link_heard(peer, link, now.monotonic, out);
      accept(peer, packet.message, admission.returned, now, out);
      break;
  }
  if (admission.gaps_changed) release_held(peer, out);
  advance_comm_up(now, out);
}

void Membership::accept(Peer& peer, const wire::Message& message, bool returned, Now now,
                        Outbox& out) {
  const std::string_view type = message.type();
  if (type == kPingStatus || is_status(type)) {
    status(peer, message, returned, now, out);
  } else if (type == kRexmitRequest || is_rexmit_refusal(type) || type == kAcknowledgement) {
    protocol_message(peer, message, now, out);
  } else if (type == "hbapi-clstat" && !peer.received.missing().empty() &&
             *peer.received.missing().begin() < message.hex("seq").value_or(0)) {
    peer.held.push_back(message);  // clients hear of joins and leaves in order (wire 6.8)
  } else {
    node_list_.message(message, now, out);
    deliver(message, out);
  }
}

void Membership::protocol_message(Peer& peer, const wire::Message& message, Now now, Outbox& out) {
  SendHistory& history = retransmitter_.history();
  const std::string_view type = message.type();
  if (type == kAcknowledgement) {
    flow_.acknowledged(peer, message, history.newest(), out);
    flow_.check(history.newest(), out);
  } else if (roster_.is_self(peer)) {
    return;
  } else if (type == kRexmitRequest) {
    retransmitter_.serve(peer, message, now.monotonic, out);
  } else if (retransmitter_.refused(peer, message, now.monotonic, out)) {
    release_held(peer, out);
  }
  out.act(DeliverLocal{message, Treatment::kProtocol});
}

// wire 7.3
void Membership::status(Peer& peer, const wire::Message& message, bool returned, Now now,
                        Outbox& out) {
  if (!message.has("st")) {
    receiver_.limited(fmt::format("no st {}", peer.name), LogLevel::kError,
                      "HBDoMsg_T_STATUS: status update without st field", now.monotonic, out);
    return;
  }
  if (peer.normal()) {
    // A status that a newer one overtook must not bring the old state back.
    const std::uint64_t number = message.hex("seq").value_or(0);
    if (number < peer.status_number) {
      out.act(DeliverLocal{message, Treatment::kDrop});
      return;
    }
    peer.status_number = number;
    peer.protocol = message.has("protocol");
    peer.new_pair = message.get("um") == "1";
  }
  liveness_.status_arrived(peer, message, now.monotonic, out);
  const auto status = parse_status(message.get("st"));
  const bool fits = status && (*status == NodeStatus::kPing) == !peer.normal();
  const bool changed = fits && *status != peer.status;
  if (changed) status_changed(peer, *status, out);
  if (peer.normal()) flow_.review(out);
  if (returned && peer.normal()) {
    announce(now, out);
    out.tell(NodeReturned{peer.name});
  }
  if (changed)
    deliver(message, out);
  else
    out.act(DeliverLocal{message, Treatment::kNoChange});
}

void Membership::status_changed(Peer& peer, NodeStatus status, Outbox& out) {
  const NodeStatus before = std::exchange(peer.status, status);
  out.log(LogLevel::kInfo,
          fmt::format("Status update for node {}: status {}", peer.name, to_string(status)));
  out.tell(NodeStatusChanged{peer.name, before, status});
}

void Membership::release_held(Peer& peer, Outbox& out) {
  if (peer.held.empty()) return;
  std::ranges::stable_sort(peer.held, {},
                           [](const wire::Message& m) { return m.hex("seq").value_or(0); });
  const auto& missing = peer.received.missing();
  auto ready = [&](const wire::Message& m) {
    return missing.empty() || m.hex("seq").value_or(0) < *missing.begin();
  };
  const auto end = std::ranges::find_if_not(peer.held, ready);
  for (auto it = peer.held.begin(); it != end; ++it) deliver(*it, out);
  peer.held.erase(peer.held.begin(), end);
}

void Membership::deliver(const wire::Message& message, Outbox& out) {
  out.act(DeliverLocal{message, Treatment::kKeep});
  if (!is_unsequenced(message.type())) out.tell(MessageAccepted{message});
}

void Membership::link_heard(Peer& peer, const std::string& link, TimePoint now, Outbox& out) {
  if (peer.links.heard(link, now)) report_link(peer, link, true, out);
}

void Membership::report_link(const Peer& peer, const std::string& link, bool up, Outbox& out) {
  const std::string_view state = up ? "up" : "dead";
  out.log(LogLevel::kInfo, fmt::format("Link {}:{} {}.", peer.name, link, state));
  wire::Message event("ifstat");
  event.set("node", peer.name).set("ifname", link).set("st", state);
  deliver(event, out);
}

// ---- sending

wire::Message Membership::status_message(Now now) const {
  return announcer_.status(local_status(), flow_.enabled(), now.monotonic);
}

wire::Message Membership::stamp(wire::Message message, Now now) {
  const bool sequenced = !is_unsequenced(message.type());
  if (const Peer* addressee = roster_.find(message.get("dest")))
    message.set("destuuid", bytes_of(addressee->uuid), wire::FieldType::kBinary);
  if (sequenced || !message.has("src")) message.set("src", config_.node);
  message.set("srcuuid", bytes_of(config_.uuid), wire::FieldType::kBinary);
  if (sequenced) message.set_hex("seq", retransmitter_.history().next_number());
  message.set_hex("hg", config_.generation);
  // Peers refuse a `ts` of 0: a machine without a clock battery starts at 1970.
  message.set_hex("ts", static_cast<std::uint64_t>(std::max<std::int64_t>(1, now.unix_seconds)));
  if (sequenced) message.set("ld", load_);
  message.set("ttl", fmt::format("{}", config_.hopfudge + roster_.peers().size()));
  if (sequenced) retransmitter_.history().store(message);
  return message;
}

void Membership::own_message(const wire::Message& message, Now now, Outbox& out) {
  Peer& self = roster_.self();
  const std::string_view type = message.type();
  const std::uint64_t newest = retransmitter_.history().newest();
  if (!is_unsequenced(type)) {
    self.received.receive(message.hex("seq").value_or(0));
    flow_.accepted(self, out);
    flow_.check(newest, out);
    if (auto line = flow_.filling_up(newest))
      receiver_.limited("history", line->level, line->text, now.monotonic, out);
  }
  if (!receiver_.for_us(message)) {
    out.act(DeliverLocal{message, Treatment::kDrop});
  } else if (is_status(type)) {
    const bool news = std::exchange(own_status_delivered_, self.status) != self.status;
    out.act(DeliverLocal{message, news ? Treatment::kKeep : Treatment::kNoChange});
  } else {
    if (type == "shutdone") departure_.resources_released(now.monotonic);
    accept(self, message, false, now, out);
  }
}

void Membership::client_starting(Now now, Outbox& out) {
  announcer_.expect_delay(now.monotonic);
  if (announcer_.due(now.monotonic)) announce(now, out);
}

void Membership::reconfigured(Now now, Outbox& out) {
  roster_.reconfigure(now.monotonic);
  announcer_.times_changed(now.monotonic);
  if (announcer_.due(now.monotonic)) announce(now, out);
}

// ---- time

void Membership::tick(Now now, Outbox& out) {
  receiver_.log_counts(now.monotonic, out);
  judge_silence(now, out);
  retransmitter_.request_due(now.monotonic, out);
  advance_comm_up(now, out);
  depart(now, out);
  if (announcer_.due(now.monotonic)) announce(now, out);
}

void Membership::judge_silence(Now now, Outbox& out) {
  const auto dead = liveness_.overdue(now.monotonic);
  for (Peer* peer : dead) bury(*peer, now, out);
  if (!dead.empty()) {
    flow_.review(out);
    flow_.check(retransmitter_.history().newest(), out);
  }
  for (auto& [peer, link] : liveness_.overdue_links(now.monotonic))
    report_link(*peer, link, false, out);
}

// wire 7.5
void Membership::bury(Peer& peer, Now now, Outbox& out) {
  out.log(LogLevel::kWarn, fmt::format("node {}: is dead", peer.name));
  peer.status = NodeStatus::kDead;
  peer.received.forget();
  peer.wanted.clear();
  peer.early_number = 0;
  release_held(peer, out);
  out.tell(NodeDied{peer.name, peer.kind, peer.heard});
  wire::Message obituary("status");
  obituary.set_hex("seq", 1);
  obituary.set_hex("ts", static_cast<std::uint64_t>(std::max<std::int64_t>(1, now.unix_seconds)));
  obituary.set("src", peer.name).set("st", to_string(NodeStatus::kDead));
  if (!peer.normal()) obituary.set("info", "ping");
  out.act(DeliverLocal{std::move(obituary), Treatment::kKeep});
}

void Membership::advance_comm_up(Now now, Outbox& out) {
  const bool was_waiting = !joining_.links_up();
  const bool up = joining_.advance(now.monotonic, flow_.enabled(), out);
  if (was_waiting && joining_.links_up()) liveness_.end_initdead();
  if (!up) return;
  out.log(LogLevel::kInfo, "Comm_now_up(): updating status to active");
  set_local_status(NodeStatus::kActive, out);
  announce(now, out);
  out.act(CommUp{});
  out.tell(CommCameUp{});
}

void Membership::depart(Now now, Outbox& out) {
  switch (departure_.advance(now.monotonic)) {
    case Departure::Step::kNone: break;
    case Departure::Step::kLastStatuses:
      announce(now, out);
      if (departure_.restart()) announcer_.expect_restart();
      announce(now, out);
      out.act(StopClients{});
      break;
    case Departure::Step::kExit:
      out.log(LogLevel::kInfo, fmt::format("{} Heartbeat shutdown complete.", config_.node));
      out.act(Exit{departure_.restart()});
      break;
  }
}

TimePoint Membership::next_deadline() const {
  TimePoint next = announcer_.next_deadline();
  for (const auto& at : {liveness_.next_deadline(), retransmitter_.next_deadline(),
                         joining_.next_deadline(), departure_.next_deadline()}) {
    if (at) next = std::min(next, *at);
  }
  return next;
}

// ---- questions

std::vector<NodeView> Membership::nodes() const {
  std::vector<NodeView> views;
  for (const Peer& peer : roster_.peers()) {
    NodeView view;
    view.name = peer.name;
    view.kind = peer.kind;
    view.status = peer.status;
    view.heard = peer.heard;
    view.new_pair = peer.new_pair;
    view.generation = peer.generation;
    view.newest_ts = peer.newest_ts;
    view.weight = peer.weight;
    view.site = peer.site;
    view.uuid = peer.uuid;
    view.links = peer.links.view();
    views.push_back(std::move(view));
  }
  return views;
}

NodeStatus Membership::status_of(std::string_view node) const {
  const Peer* peer = roster_.find(node);
  return peer ? peer->status : NodeStatus::kDead;
}

bool Membership::is_new_pair(std::string_view node) const {
  const Peer* peer = roster_.find(node);
  return peer && peer->new_pair;
}

}  // namespace um::cluster
