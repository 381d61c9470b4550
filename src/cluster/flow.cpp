#include "cluster/flow.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace um::cluster {
namespace {

constexpr std::uint64_t kAckPeriod = 10;
constexpr std::uint64_t kPauseClients = 250;
constexpr std::uint64_t kWarn = 375;
constexpr std::uint64_t kError = 450;

bool must_acknowledge(const Peer& peer) {
  return peer.normal() && peer.heard && peer.status != NodeStatus::kDead && peer.protocol;
}

}  // namespace

void Flow::review(Outbox& out) {
  // A new peer without `protocol` only follows an old one; waiting for it would never end.
  const bool enabled = std::ranges::none_of(roster_.peers(), [&](const Peer& peer) {
    return !roster_.is_self(peer) && peer.normal() && peer.alive() && !peer.protocol &&
           !peer.new_pair;
  });
  if (enabled == enabled_) return;
  enabled_ = enabled;
  out.log(LogLevel::kInfo, enabled ? "flow control enabled: every live node acknowledges again"
                                   : "flow control disabled due to different version heartbeat");
  if (!enabled) return;
  for (Peer& peer : roster_.peers()) begins_at(peer, peer.received.newest() + 1);
}

void Flow::accepted(Peer& peer, Outbox& out) {
  if (!enabled_ || !peer.received.missing().empty()) return;
  const std::uint64_t newest = peer.received.newest();
  const std::uint64_t behind = (newest + kAckPeriod - peer.ack_trigger) % kAckPeriod;
  if (newest < behind + 1) return;
  const std::uint64_t eligible = newest - behind;
  if (eligible <= peer.acknowledged_to_it) return;
  peer.acknowledged_to_it = eligible;
  wire::Message ack("NS_ackmsg");
  ack.set("dest", peer.name).set_hex("ackseq", eligible);
  out.broadcast(std::move(ack));
}

void Flow::begins_at(Peer& peer, std::uint64_t number) {
  peer.acknowledged_to_it = number - 1;
}

void Flow::acknowledged(Peer& peer, const wire::Message& message, std::uint64_t newest,
                        Outbox& out) {
  const auto number = message.hex("ackseq");
  if (!number || !enabled_) return;
  if (*number > newest) {
    out.log(LogLevel::kError,
            fmt::format("HBDoMsg_T_ACK: corrupted ackseq current hiseq = {:x} ackseq ={:x} in "
                        "this message",
                        newest, *number));
    return;
  }
  peer.acked = std::max(peer.acked, *number);
}

void Flow::check(std::uint64_t newest, Outbox& out) {
  const bool pause = unacknowledged(newest) > kPauseClients;
  if (pause == clients_paused_) return;
  clients_paused_ = pause;
  out.log(LogLevel::kInfo, pause ? "all clients are now paused" : "all clients are now resumed");
  out.act(PauseClients{pause});
}

std::optional<Log> Flow::filling_up(std::uint64_t newest) const {
  const std::uint64_t behind = unacknowledged(newest);
  if (behind <= kWarn) return std::nullopt;
  return Log{behind > kError ? LogLevel::kError : LogLevel::kWarn,
             fmt::format("Message hist queue is filling up ({} messages in queue)",
                         std::min(behind, kHistorySize))};
}

std::uint64_t Flow::unacknowledged(std::uint64_t newest) const {
  if (!enabled_) return 0;
  std::uint64_t most = 0;
  for (const Peer& peer : roster_.peers()) {
    if (roster_.is_self(peer) || !must_acknowledge(peer)) continue;
    most = std::max(most, newest - std::min(newest, std::max(peer.acked, peer.counted_from)));
  }
  return most;
}

}  // namespace um::cluster
