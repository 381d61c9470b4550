#include "cluster/liveness.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace um::cluster {
namespace {

using namespace std::chrono_literals;

// Decision W4: what a peer may ask for.
constexpr int kLeastKeepalives = 2;
constexpr Duration kMostAboveDeadtime = 60s;

std::int64_t to_ms(Duration duration) {
  return std::chrono::duration_cast<Milliseconds>(duration).count();
}

}  // namespace

Duration Liveness::limit(const Peer& peer) const {
  if (!initdead_over_) return config_.times.initdead;
  if (!peer.normal()) return config_.times.deadping;
  return peer.announced.value_or(config_.times.deadtime);
}

void Liveness::paused(Duration gap, TimePoint now, Outbox& out) {
  // The peers' packets of one keepalive may still be under way when they have been read late.
  const Duration wait = Duration(config_.times.keepalive) * 5 / 4;
  judge_from_ = now + wait;
  out.log(LogLevel::kWarn, fmt::format("This node did not run for {} ms: no node is judged before "
                                       "another {} ms have passed",
                                       to_ms(gap), to_ms(wait)));
}

void Liveness::status_arrived(Peer& peer, const wire::Message& status, TimePoint now, Outbox& out) {
  if (peer.status_heard && now >= judge_from_) complain_if_late(peer, now, out);
  peer.alive_at = now;
  peer.status_heard = true;
  const auto asked = status.hex("dt");
  if (!asked) return;
  const Duration least = Duration(config_.times.keepalive) * kLeastKeepalives;
  const Duration most = config_.times.deadtime + kMostAboveDeadtime;
  // Compared in milliseconds first: a dt near 2^64 must not overflow nanoseconds.
  const auto most_ms = static_cast<std::uint64_t>(to_ms(most));
  const Duration wanted = Milliseconds(std::min(*asked, most_ms + 1));
  peer.announced = std::clamp(wanted, least, most);
  if (*peer.announced == wanted || peer.clamp_warned) return;
  peer.clamp_warned = true;
  out.log(LogLevel::kWarn, fmt::format("node {} asks for a deadtime of {} ms: taken for {} ms",
                                       peer.name, *asked, to_ms(*peer.announced)));
}

void Liveness::complain_if_late(const Peer& peer, TimePoint now, Outbox& out) const {
  const Duration interval = now - peer.alive_at;
  if (interval > config_.times.deadtime) {
    out.log(LogLevel::kCrit, fmt::format("Late heartbeat: Node {}: interval {} ms (> deadtime)",
                                         peer.name, to_ms(interval)));
  } else if (interval > config_.times.warntime) {
    out.log(LogLevel::kWarn,
            fmt::format("Late heartbeat: Node {}: interval {} ms", peer.name, to_ms(interval)));
  }
}

std::vector<Peer*> Liveness::overdue(TimePoint now) {
  std::vector<Peer*> late;
  if (now < judge_from_) return late;
  for (Peer& peer : roster_.peers()) {
    if (roster_.is_self(peer) || peer.status == NodeStatus::kDead) continue;
    if (now - peer.alive_at > limit(peer)) late.push_back(&peer);
  }
  return late;
}

std::vector<std::pair<Peer*, std::string>> Liveness::overdue_links(TimePoint now) {
  std::vector<std::pair<Peer*, std::string>> late;
  if (now < judge_from_) return late;
  for (Peer& peer : roster_.peers()) {
    // Our own links are heard by chance (the network's echo): they stay as they are (API 4.4).
    if (roster_.is_self(peer)) continue;
    for (std::string& link : peer.links.time_out(now, limit(peer)))
      late.emplace_back(&peer, std::move(link));
  }
  return late;
}

std::optional<TimePoint> Liveness::next_deadline() const {
  std::optional<TimePoint> next;
  auto consider = [&](TimePoint at) {
    if (!next || at < *next) next = at;
  };
  for (const Peer& peer : roster_.peers()) {
    if (roster_.is_self(peer)) continue;
    if (peer.status != NodeStatus::kDead) consider(peer.alive_at + limit(peer) + Duration(1));
    if (auto at = peer.links.next_deadline(limit(peer))) consider(*at);
  }
  if (next) next = std::max(*next, judge_from_);
  return next;
}

}  // namespace um::cluster
