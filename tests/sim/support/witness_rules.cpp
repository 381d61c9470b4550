#include <algorithm>

#include <fmt/format.h>

#include "tests/sim/support/witness.hpp"

namespace um::sim {

using namespace std::chrono_literals;

// ---- judging

void Witness::handled(int node, TimePoint now) {
  Member& member = nodes_[node];
  if (!member.running) return;
  note_event(member, now);
  note_everybody_known(node, now);
  judge_deaths(node, now);
  judge_words(node);
  judge_acks(node);
  judge_live_links(node, now);
  member.statuses_now = 0;
  if (member.answered && member.everybody_known && !member.active)
    fail(node, "joining", "a peer has sent its list of nodes, but it is not active");
}

void Witness::note_everybody_known(int node, TimePoint now) {
  Member& member = nodes_[node];
  if (member.everybody_known) return;
  for (int other = 0; other <= scenario_.nodes; ++other) {
    if (other == node || (is_ping(other) && !scenario_.ping_node)) continue;
    const Seen& seen = member.seen[other];
    const bool had_time =
        is_ping(other) && now - member.started >= Duration(scenario_.times.keepalive) * 2;
    if (!seen.heard && seen.status != "dead" && !had_time) return;
  }
  member.everybody_known = now;
}

Duration Witness::limit(const Member& member, int other) const {
  const Seen& seen = member.seen[other];
  if (!member.everybody_known) return scenario_.times.initdead;
  if (is_ping(other)) return scenario_.times.deadping;
  return seen.asked.value_or(scenario_.times.deadtime);
}

TimePoint Witness::silent_since(const Member& member, int other) const {
  return member.seen[other].alive_at.value_or(member.started);
}

void Witness::judge_deaths(int node, TimePoint now) {
  Member& member = nodes_[node];
  for (const int other : std::exchange(member.declared, {})) {
    const Seen& seen = member.seen[other];
    Duration least = limit(member, other);
    // initdead holds for all that are found overdue together with the last unknown node.
    if (member.everybody_known == now) least = std::min<Duration>(least, scenario_.times.initdead);
    if (!seen.heard) {
      least = scenario_.times.initdead;
      if (is_ping(other)) least = std::min<Duration>(least, scenario_.times.deadping);
    }
    const Duration silence = now - silent_since(member, other);
    if (silence <= least)
      fail(
          node, "false death",
          fmt::format("declares {} dead after {} ms, {} ms are allowed",
                      is_ping(other) ? kPingName : node_name(other), to_ms(silence), to_ms(least)));
    if (now < member.judge_from) fail(node, "false death", "judges right after an own pause");
  }
  for (const auto& [other, link] : std::exchange(member.links_declared, {})) {
    const auto heard = member.seen[other].link_sure[link];
    Duration least = limit(member, other);
    if (member.everybody_known == now) least = std::min<Duration>(least, scenario_.times.initdead);
    if (heard && now - *heard <= least)
      fail(node, "link",
           fmt::format("link {} of node {} is declared dead after {} ms", link, other,
                       to_ms(now - *heard)));
  }
}

void Witness::judge_live_links(int node, TimePoint now) {
  for (const Seen& seen : nodes_[node].seen)
    for (std::size_t link = 0; link < seen.link_up.size(); ++link)
      if (seen.link_sure[link] == now && !seen.link_up[link])
        fail(node, "link", fmt::format("link {} is not up although a status came over it", link));
}

void Witness::judge_words(int node) {
  for (Seen& seen : nodes_[node].seen) {
    auto expected = std::exchange(seen.expected, {});
    auto said = std::exchange(seen.said, {});
    std::ranges::sort(expected);
    std::ranges::sort(said);
    for (const std::string& line : expected)
      if (line.ends_with("returning after partition.") && nodes_[node].statuses_now == 0)
        fail(node, "rhythm", "sends no status at once when a node returns");
    if (expected == said) continue;
    fail(node, "words",
         fmt::format("expected '{}', it said '{}'", expected.empty() ? "" : expected.front(),
                     said.empty() ? "" : said.front()));
  }
}

void Witness::look(TimePoint now) {
  for (int node = 0; node < scenario_.nodes; ++node) {
    const Member& member = nodes_[node];
    if (member.running && !member.paused) look_at(node, now);
  }
}

void Witness::look_at(int node, TimePoint now) {
  const Member& member = nodes_[node];
  const Duration keepalive = scenario_.times.keepalive;
  if (member.last_status && now - *member.last_status > keepalive + slack(member))
    fail(node, "rhythm", fmt::format("silent for {} ms", to_ms(now - *member.last_status)));
  if (now - member.started > kStartPeriod + slack(member) && now - member.judge_from > 1s &&
      member.asks_for != scenario_.times.deadtime)
    fail(node, "rhythm", "has not taken back the longer deadtime of its start");
  for (int other = 0; other <= scenario_.nodes; ++other) {
    if (other == node || (is_ping(other) && !scenario_.ping_node)) continue;
    const Seen& seen = member.seen[other];
    TimePoint by = silent_since(member, other) + limit(member, other);
    by = std::max({by, member.judge_from, member.everybody_known.value_or(member.started)});
    if (seen.status != "dead" && now > by + slack(member))
      fail(node, "late death",
           fmt::format("still believes in {}, silent for {} ms",
                       is_ping(other) ? kPingName : node_name(other),
                       to_ms(now - silent_since(member, other))));
    for (std::size_t link = 0; link < seen.link_up.size(); ++link) {
      if (!seen.link_up[link] || !seen.link_heard[link]) continue;
      TimePoint gone = std::max(*seen.link_heard[link] + limit(member, other), member.judge_from);
      gone = std::max(gone, member.everybody_known.value_or(member.started));
      if (now > gone + slack(member))
        fail(node, "link",
             fmt::format("link {} of node {} still up, silent for {} ms", link, other,
                         to_ms(now - *seen.link_heard[link])));
    }
  }
  if (!member.everybody_known || member.active || now <= member.judge_from + slack(member)) return;
  const TimePoint since =
      std::max(*member.everybody_known, member.asked_nodes.value_or(member.started));
  if (askable(node).empty())
    fail(node, "joining", "everybody is known and nobody can be asked, but it is not active");
  else if (now - since > kAnswerTime + slack(member))
    fail(node, "joining", "everybody is known, but it asks nobody for the list of nodes");
}

// ---- the end

bool Witness::same_side(int a, int b) const {
  return (scenario_.final_side >> a & 1) == (scenario_.final_side >> b & 1);
}

void Witness::at_end(TimePoint now) {
  look(now);
  for (int node = 0; node < scenario_.nodes; ++node)
    if (nodes_[node].running && !nodes_[node].paused) judge_end(node);
}

void Witness::judge_end(int node) {
  const Member& member = nodes_[node];
  if (!member.active) fail(node, "agreement", "is not active in the end");
  for (int other = 0; other < scenario_.nodes; ++other) {
    if (other == node) continue;
    const Member& peer = nodes_[other];
    const Seen& seen = member.seen[other];
    const bool lives = peer.running && !peer.paused && same_side(node, other);
    const std::string wanted = lives ? "active" : "dead";
    if (seen.status != wanted)
      fail(node, "agreement",
           fmt::format("takes {} for {}, it is {}", node_name(other), seen.status, wanted));
    if (!lives || peer.sent.size() > 240 || seen.member_from == 0) continue;
    for (std::uint64_t n = seen.member_from; n < seen.newest; ++n) {
      if (n < seen.delivered.size() && seen.delivered[n]) continue;
      fail(node, "lost",
           fmt::format("never got {} of {}, got {}", n, node_name(other), seen.newest));
      break;
    }
    if (seen.newest > seen.acked + 25)
      fail(node, "ack",
           fmt::format("acknowledged {} of {}, has {}", seen.acked, node_name(other), seen.newest));
  }
}

}  // namespace um::sim
