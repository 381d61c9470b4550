#include "cluster/retransmitter.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cluster/message_types.hpp"

namespace um::cluster {
namespace {

using namespace std::chrono_literals;

// wire 6.5: a number is not resent again before max_rexmit_delay less this has passed.
constexpr Duration kResendSlack = 10ms;

}  // namespace

void Retransmitter::request_due(TimePoint now, Outbox& out) {
  for (Peer& peer : roster_.peers()) {
    if (!peer.alive()) continue;
    for (const std::uint64_t n : peer.wanted.take_due(now, config_.times.max_rexmit_delay)) {
      wire::Message request(kRexmitRequest);
      request.set("dest", peer.name);
      request.set("firstseq", fmt::format("{}", n)).set("lastseq", fmt::format("{}", n));
      out.broadcast(std::move(request));
    }
  }
}

std::optional<TimePoint> Retransmitter::next_deadline() const {
  std::optional<TimePoint> next;
  for (const Peer& peer : roster_.peers()) {
    if (!peer.alive()) continue;
    const auto at = peer.wanted.next_deadline();
    if (at && (!next || *at < *next)) next = at;
  }
  return next;
}

void Retransmitter::serve(Peer& peer, const wire::Message& request, TimePoint now, Outbox& out) {
  const std::uint64_t first = request.decimal("firstseq").value_or(0);
  const std::uint64_t last = request.decimal("lastseq").value_or(0);
  if (first == 0 || last < first) {
    receiver_.limited(fmt::format("rexmit {}", peer.name), LogLevel::kError,
                      "Invalid rexmit seqnos", now, out);
    return;
  }
  if (last > history_.newest()) {
    receiver_.limited(
        fmt::format("rexmit {}", peer.name), LogLevel::kWarn,
        fmt::format("Rexmit of seq {} requested. {} is max.", last, history_.newest()), now, out);
  }
  const Duration pause = std::max(Duration{}, config_.times.max_rexmit_delay - kResendSlack);
  for (const RexmitAnswer& answer : history_.serve(first, last, now, pause)) {
    if (answer.message) {
      out.act(SendPacket{*answer.message});
      continue;
    }
    receiver_.limited(
        fmt::format("nak {}", peer.name), LogLevel::kError,
        fmt::format("Cannot rexmit pkt {} for {}: {}", answer.number, peer.name, answer.refusal),
        now, out);
    wire::Message refusal(kRexmitRefusal);
    refusal.set_hex("firstseq", answer.number).set("dest", peer.name).set("info", answer.refusal);
    out.broadcast(std::move(refusal));
  }
}

bool Retransmitter::refused(Peer& peer, const wire::Message& refusal, TimePoint now, Outbox& out) {
  const auto number = refusal.hex("firstseq");
  if (!number) return false;
  peer.wanted.drop(*number);
  if (!peer.received.give_up(*number)) return false;
  if (!receiver_.for_us(refusal)) return true;
  receiver_.limited(fmt::format("lost {}", peer.name), LogLevel::kError,
                    fmt::format("Irretrievably lost packet: node {} seq {}", peer.name, *number),
                    now, out);
  return true;
}

}  // namespace um::cluster
