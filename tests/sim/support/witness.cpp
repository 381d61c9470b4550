#include "tests/sim/support/witness.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace um::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration kTick = 250ms;
constexpr Duration kStartPeriod = 5s;
constexpr Duration kStartMargin = 2s;
constexpr Duration kAnswerTime = 1s;

std::int64_t to_ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

Witness::Witness(const Scenario& scenario) : scenario_(scenario), nodes_(scenario.nodes) {}

void Witness::fail(int node, std::string_view rule, const std::string& why) {
  if (failure_.empty()) failure_ = fmt::format("[{}] {}: {}", rule, node_name(node), why);
}

int Witness::index_of(std::string_view name) const {
  if (name == kPingName) return scenario_.nodes;
  return name.size() == 2 ? name[1] - 'a' : -1;
}

// ---- lives

void Witness::started(int node, std::uint64_t generation, TimePoint now) {
  const Duration slow = nodes_[node].slow;
  nodes_[node] = {};
  Member& member = nodes_[node];
  member.running = true;
  member.generation = generation;
  member.started = member.last_event = now;
  member.slow = slow;
  member.seen.resize(static_cast<std::size_t>(scenario_.nodes) + 1);
}

void Witness::gone(int node) {
  nodes_[node].running = false;
}

void Witness::resumed(int node, TimePoint now) {
  Member& member = nodes_[node];
  member.paused = false;
  member.last_status = now;  // the rhythm begins anew
}

void Witness::slow(int node, Duration most) {
  // What was already under way may still come that late.
  Member& member = nodes_[node];
  member.slow = std::max(member.slow, most);
}

Duration Witness::slack(const Member& member) const {
  return kTick + member.slow * 2;
}

// ---- sending

void Witness::sent(int node, const PacketPtr& packet, TimePoint now) {
  Member& member = nodes_[node];
  const wire::Message& message = packet->message();
  if (packet->number != 0) {
    if (packet->number <= member.last_number) {
      if (member.sent[packet->number - 1]->message() != message)
        fail(node, "resent", fmt::format("packet {} differs from the original", packet->number));
      return;
    }
    if (packet->number != member.last_number + 1)
      fail(node, "twice", fmt::format("packet {} follows {}", packet->number, member.last_number));
    member.last_number = packet->number;
    member.sent.push_back(packet);
  }
  if (packet->kind == PacketKind::kStatus) sent_status(node, *packet, now);
  if (message.type() == "NS_ackmsg") sent_ack(node, message);
  if (message.type() == "NS_rexmit") sent_request(node, message, now);
  if (message.type() == "shutdone") member.leaving = true;
  if (message.type() == "reqnodes") {
    if (member.asked_nodes && now - *member.asked_nodes < kAnswerTime)
      fail(node, "joining", "does not wait for the answer to its request for the list of nodes");
    member.asked_nodes = now;
    note_everybody_known(node, now);
    if (!member.everybody_known) fail(node, "joining", "asks before every node is known");
  }
}

void Witness::sent_status(int node, const Packet& packet, TimePoint now) {
  Member& member = nodes_[node];
  const Duration keepalive = scenario_.times.keepalive;
  if (member.last_status && now - *member.last_status > keepalive + member.slow * 2 + 1ms)
    fail(node, "rhythm", fmt::format("no status for {} ms", to_ms(now - *member.last_status)));
  member.last_status = now;
  const Duration extra = now - member.started < kStartPeriod ? kStartMargin : 0s;
  if (packet.asked != scenario_.times.deadtime + extra)
    fail(node, "rhythm", fmt::format("announces a deadtime of {} ms", to_ms(packet.asked)));
  if ((packet.status == "active") != member.active)
    fail(node, "joining", "its status says " + packet.status);
}

void Witness::sent_ack(int node, const wire::Message& message) {
  const int other = index_of(message.get("dest"));
  if (other == node) return;
  Seen& seen = nodes_[node].seen[other];
  seen.acked = std::max(seen.acked, message.hex("ackseq").value_or(0));
}

// When the event is over: a packet is acknowledged just before it is delivered.
void Witness::judge_acks(int node) {
  for (int other = 0; other < scenario_.nodes; ++other) {
    Seen& seen = nodes_[node].seen[other];
    if (seen.acked <= seen.contiguous) continue;
    advance_contiguous(seen);
    if (seen.acked > seen.contiguous)
      fail(node, "ack",
           fmt::format("acknowledges {} of {} but has only {}", seen.acked, node_name(other),
                       seen.contiguous));
  }
}

void Witness::advance_contiguous(Seen& seen) const {
  if (seen.member_from == 0) return;
  while (seen.contiguous + 1 < seen.delivered.size() && seen.delivered[seen.contiguous + 1])
    ++seen.contiguous;
}

void Witness::sent_request(int node, const wire::Message& message, TimePoint now) {
  const int other = index_of(message.get("dest"));
  Seen& seen = nodes_[node].seen[other];
  const std::uint64_t number = message.decimal("firstseq").value_or(0);
  const Duration pace = scenario_.times.max_rexmit_delay;
  if (number < seen.delivered.size() && seen.delivered[number])
    fail(node, "pace", fmt::format("asks for {} of {}, which it has", number, node_name(other)));
  const auto before = seen.requested.find(number);
  if (before != seen.requested.end() && now - before->second < pace)
    fail(node, "pace",
         fmt::format("asks for {} of {} again after {} ms", number, node_name(other),
                     to_ms(now - before->second)));
  seen.requested[number] = now;
  seen.requests.push_back(now);
  std::erase_if(seen.requests, [&](TimePoint at) { return now - at >= pace; });
  if (seen.requests.size() > 100)  // rounds of 50; two may meet in one window
    fail(node, "pace",
         fmt::format("asks {} for {} numbers at once", node_name(other), seen.requests.size()));
}

// ---- hearing

void Witness::hears(int node, int medium, const PacketPtr& packet, TimePoint now) {
  Member& member = nodes_[node];
  if (packet->from == node) return;
  if (now - member.last_event > Duration(scenario_.times.deadtime) / 2)
    member.judge_from = now + Duration(scenario_.times.keepalive) * 5 / 4;
  member.last_event = now;
  Seen& seen = member.seen[packet->from];
  seen.heard = true;
  if (packet->kind == PacketKind::kPing) {
    expect_words(node, *packet, now);
    seen.alive_at = now;
    seen.link_heard[0] = seen.link_sure[0] = now;
    return;
  }
  if (packet->generation >= seen.generation) seen.link_heard[medium] = now;
  // Old copies and what is addressed to others do not refresh a link (wire 6.2 steps 9 and 10).
  if (packet->kind == PacketKind::kStatus && packet->generation >= seen.generation &&
      (packet->generation > seen.generation || packet->number > seen.newest))
    seen.link_sure[medium] = now;
  if (packet->kind == PacketKind::kUnsequenced || packet->generation < seen.generation) return;
  if (packet->kind == PacketKind::kStatus) {
    hears_status(node, packet, now);
  } else if (packet->generation == seen.generation && seen.member_from != 0) {
    seen.newest = std::max(seen.newest, packet->number);
  }
}

// Counts, or not, as the wire spec 6.2 and 7.3 say.
void Witness::hears_status(int node, const PacketPtr& packet, TimePoint now) {
  Seen& seen = nodes_[node].seen[packet->from];
  const bool introduced = seen.member_from != 0;
  const bool newer = packet->generation > seen.generation;
  if (!newer && packet->number <= (introduced ? seen.status_number : seen.newest)) return;
  expect_words(node, *packet, now);
  if (newer) {
    const auto heard = seen.link_heard;
    const auto sure = seen.link_sure;
    const auto up = seen.link_up;
    auto words = std::move(seen.expected);
    Seen fresh;
    fresh.status = seen.status;
    fresh.heard = true;
    fresh.generation = packet->generation;
    fresh.link_heard = heard;
    fresh.link_sure = sure;
    fresh.link_up = up;
    fresh.expected = std::move(words);
    seen = std::move(fresh);
  }
  if (!introduced || newer) {
    seen.member_from = packet->number;
    seen.contiguous = packet->number - 1;
    seen.acked = packet->number - 1;
    seen.requested.clear();
  }
  seen.alive_at = now;
  seen.status_number = packet->number;
  seen.newest = std::max(seen.newest, packet->number);
  seen.asked = std::clamp<Duration>(packet->asked, Duration(scenario_.times.keepalive) * 2,
                                    scenario_.times.deadtime + 60s);
}

void Witness::expect_words(int node, const Packet& packet, TimePoint now) {
  Member& member = nodes_[node];
  Seen& seen = member.seen[packet.from];
  const std::string name = is_ping(packet.from) ? kPingName : node_name(packet.from);
  const bool newer = packet.generation > seen.generation;
  if (newer && seen.generation != 0) seen.expected.push_back("Heartbeat restart on node " + name);
  if (!newer && seen.status == "dead" && seen.generation != 0)
    seen.expected.push_back(fmt::format("Cluster node {} returning after partition.", name));
  if (newer || !seen.alive_at || now < member.judge_from) return;
  const Duration interval = now - *seen.alive_at;
  if (interval > scenario_.times.deadtime)
    seen.expected.push_back(
        fmt::format("Late heartbeat: Node {}: interval {} ms (> deadtime)", name, to_ms(interval)));
  else if (interval > scenario_.times.warntime)
    seen.expected.push_back(
        fmt::format("Late heartbeat: Node {}: interval {} ms", name, to_ms(interval)));
}

// ---- what the engine says

void Witness::action(int node, const cluster::Action& action, TimePoint now) {
  Member& member = nodes_[node];
  if (const auto* delivery = std::get_if<cluster::DeliverLocal>(&action)) {
    delivered(node, *delivery, now);
  } else if (const auto* line = std::get_if<cluster::Log>(&action)) {
    said(node, line->text);
  } else if (std::holds_alternative<cluster::CommUp>(action)) {
    note_everybody_known(node, now);
    if (!member.everybody_known) fail(node, "joining", "is active before every node is known");
  } else if (std::holds_alternative<cluster::Exit>(action) && !member.leaving) {
    fail(node, "joining", "ends without having been asked");
  }
}

void Witness::said(int node, const std::string& line) {
  Member& member = nodes_[node];
  if (line == "Local status now set to: 'active'") {
    if (member.active) fail(node, "joining", "becomes active twice");
    member.active = true;
  }
  static constexpr std::string_view kWords[] = {"Heartbeat restart on node ", "Cluster node ",
                                                "Late heartbeat: Node "};
  for (const std::string_view words : kWords) {
    if (!line.starts_with(words)) continue;
    const auto rest = std::string_view(line).substr(words.size());
    const int other = index_of(rest.substr(0, rest.find_first_of(" :")));
    if (other >= 0) member.seen[other].said.push_back(line);
  }
}

void Witness::delivered(int node, const cluster::DeliverLocal& delivery, TimePoint) {
  const wire::Message& message = delivery.message;
  const std::string_view type = message.type();
  if (delivery.treatment == cluster::Treatment::kDuplicate ||
      delivery.treatment == cluster::Treatment::kProtocol)
    return;
  if (type == "ifstat") {
    delivered_link(node, message);
  } else if (type == "status" && message.get("st") == "dead") {
    const int other = index_of(message.get("src"));
    Seen& seen = nodes_[node].seen[other];
    if (seen.status == "dead") fail(node, "false death", "declares the same node dead twice");
    nodes_[node].declared.push_back(other);
    seen.status = "dead";
    seen.member_from = 0;
  } else {
    if (delivery.treatment == cluster::Treatment::kKeep && (type == "status" || type == "NS_st"))
      delivered_status(node, message);
    if (type == "repnodes" && message.get("dest") == node_name(node))
      nodes_[node].answered = true;
    if (message.has("seq"))
      delivered_message(node, message, delivery.treatment == cluster::Treatment::kKeep);
  }
}

void Witness::delivered_status(int node, const wire::Message& message) {
  const int other = index_of(message.get("src"));
  if (other >= 0) nodes_[node].seen[other].status = message.get("st");
}

void Witness::delivered_message(int node, const wire::Message& message, bool for_us) {
  const int other = index_of(message.get("src"));
  if (other < 0) return;
  Seen& seen = nodes_[node].seen[other];
  const std::uint64_t number = message.hex("seq").value_or(0);
  const std::uint64_t generation = message.hex("hg").value_or(0);
  if (generation < seen.generation && other != node) {
    // Held back joins and leaves of the life before are allowed to come with its end.
    if (message.type() != "hbapi-clstat")
      fail(node, "twice",
           fmt::format("delivers {} of an older life of {}", number, node_name(other)));
    return;
  }
  if (number >= seen.delivered.size()) seen.delivered.resize(number + 64);
  if (seen.delivered[number])
    fail(node, "twice", fmt::format("delivers {} of {} twice", number, node_name(other)));
  seen.delivered[number] = true;
  if (message.type() != "hbapi-clstat" || !for_us) return;
  if (number < seen.last_clstat)
    fail(node, "order",
         fmt::format("delivers clstat {} of {} after {}", number, node_name(other),
                     seen.last_clstat));
  seen.last_clstat = number;
}

void Witness::delivered_link(int node, const wire::Message& message) {
  const int other = index_of(message.get("node"));
  const std::string_view name = message.get("ifname");
  const int link = name == kPingName ? 0 : name.back() - '0';
  if (other < 0 || other == node) return;
  Member& member = nodes_[node];
  const bool up = message.get("st") == "up";
  if (member.seen[other].link_up[link] == up) fail(node, "link", "says the same twice");
  member.seen[other].link_up[link] = up;
  if (!up) member.links_declared.emplace_back(other, link);
}

// ---- judging

void Witness::handled(int node, TimePoint now) {
  Member& member = nodes_[node];
  if (!member.running) return;
  if (now - member.last_event > Duration(scenario_.times.deadtime) / 2)
    member.judge_from = now + Duration(scenario_.times.keepalive) * 5 / 4;
  member.last_event = now;
  note_everybody_known(node, now);
  judge_deaths(node, now);
  judge_words(node);
  judge_acks(node);
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

void Witness::judge_words(int node) {
  for (Seen& seen : nodes_[node].seen) {
    auto expected = std::exchange(seen.expected, {});
    auto said = std::exchange(seen.said, {});
    std::ranges::sort(expected);
    std::ranges::sort(said);
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
  const bool nobody_to_ask = std::ranges::all_of(member.seen, [&](const Seen& seen) {
    const auto other = static_cast<int>(&seen - member.seen.data());
    return other == node || is_ping(other) || !seen.heard || seen.status == "dead";
  });
  if (member.everybody_known && !member.active && nobody_to_ask)
    fail(node, "joining", "everybody is known and nobody can be asked, but it is not active");
}

// ---- the end

bool Witness::same_side(int a, int b) const {
  return (scenario_.final_side >> a & 1) == (scenario_.final_side >> b & 1);
}

void Witness::at_end(TimePoint now) {
  look(now);
  for (int node = 0; node < scenario_.nodes; ++node)
    if (nodes_[node].running && !nodes_[node].paused) judge_end(node, now);
}

void Witness::judge_end(int node, TimePoint now) {
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
  (void)now;
}

}  // namespace um::sim
