#include "tests/sim/support/witness.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace um::sim {

using namespace std::chrono_literals;

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
    if (packet->number <= member.last_number) return sent_again(node, *packet, now);
    if (packet->number != member.last_number + 1)
      fail(node, "twice", fmt::format("packet {} follows {}", packet->number, member.last_number));
    member.last_number = packet->number;
    member.sent.push_back(packet);
  }
  if (packet->kind == PacketKind::kStatus) sent_status(node, *packet, now);
  if (message.type() == "NS_ackmsg") sent_ack(node, message);
  if (message.type() == "NS_rexmit") sent_request(node, message, now);
  if (message.type() == "reqnodes") sent_node_request(node, message, now);
  if (message.type() == "shutdone") member.left_at = now;
}

void Witness::sent_again(int node, const Packet& packet, TimePoint now) {
  Member& member = nodes_[node];
  if (member.sent[packet.number - 1]->message() != packet.message())
    fail(node, "resent", fmt::format("packet {} differs from the original", packet.number));
  const auto before = member.resent.find(packet.number);
  const Duration least = scenario_.times.max_rexmit_delay - 10ms;
  if (before != member.resent.end() && now - before->second < least)
    fail(node, "resent",
         fmt::format("packet {} again after {} ms", packet.number, to_ms(now - before->second)));
  member.resent[packet.number] = now;
}

void Witness::sent_node_request(int node, const wire::Message& message, TimePoint now) {
  Member& member = nodes_[node];
  const int other = index_of(message.get("dest"));
  const auto candidates = askable(node);
  note_everybody_known(node, now);
  if (!member.everybody_known) fail(node, "joining", "asks before every node is known");
  if (std::ranges::find(candidates, other) == candidates.end())
    fail(node, "joining", "asks a node that it believes dead");
  if (member.asked_nodes && now - *member.asked_nodes < kAnswerTime)
    fail(node, "joining", "does not wait for the answer to its request for the list of nodes");
  if (member.asked_node == other && candidates.size() > 1)
    fail(node, "joining", "asks the same node again although there are others");
  member.asked_nodes = now;
  member.asked_node = other;
}

std::vector<int> Witness::askable(int node) const {
  std::vector<int> others;
  for (int other = 0; other < scenario_.nodes; ++other) {
    const Seen& seen = nodes_[node].seen[other];
    if (other != node && seen.heard && seen.status != "dead") others.push_back(other);
  }
  return others;
}

void Witness::sent_status(int node, const Packet& packet, TimePoint now) {
  Member& member = nodes_[node];
  const Duration keepalive = scenario_.times.keepalive;
  if (member.last_status && now - *member.last_status > keepalive + member.slow * 2 + 1ms)
    fail(node, "rhythm", fmt::format("no status for {} ms", to_ms(now - *member.last_status)));
  member.last_status = now;
  member.asks_for = packet.asked;
  ++member.statuses_now;
  if (member.left_at && now - *member.left_at >= kLeavingStep) ++member.statuses_since_leaving;
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
  const auto missed = seen.missed_at.find(number);
  if (missed != seen.missed_at.end() && now - missed->second < kShortestWait)
    fail(node, "pace",
         fmt::format("asks for {} of {} after {} ms", number, node_name(other),
                     to_ms(now - missed->second)));
  if (seen.member_from == 0 || number < std::min(seen.member_from, seen.early_from))
    fail(node, "pace",
         fmt::format("asks for {} of {}, sent before it was a member", number, node_name(other)));
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
  note_event(member, now);
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
  if (seen.member_from == 0 || packet->generation > seen.generation) note_early(seen, *packet);
  if (packet->kind == PacketKind::kStatus) {
    hears_status(node, packet, now);
  } else if (packet->generation == seen.generation && seen.member_from != 0) {
    note_newest(seen, packet->number, now);
  }
}

void Witness::note_early(Seen& seen, const Packet& packet) {
  const bool first = seen.early_from == 0 || seen.early_generation != packet.generation;
  seen.early_from = first ? packet.number : std::min(seen.early_from, packet.number);
  seen.early_generation = packet.generation;
}

void Witness::note_newest(Seen& seen, std::uint64_t number, TimePoint now) {
  for (std::uint64_t n = std::max(seen.newest + 1, seen.member_from); n < number; ++n)
    seen.missed_at[n] = now;
  seen.newest = std::max(seen.newest, number);
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
    fresh.early_from = seen.early_from;
    fresh.early_generation = seen.early_generation;
    fresh.link_up = up;
    fresh.expected = std::move(words);
    seen = std::move(fresh);
  }
  if (!introduced || newer) {
    seen.member_from = packet->number;
    seen.contiguous = packet->number - 1;
    seen.acked = packet->number - 1;
    seen.requested.clear();
    seen.missed_at.clear();
  }
  seen.alive_at = now;
  seen.status_number = packet->number;
  note_newest(seen, packet->number, now);
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
    delivered(node, *delivery);
  } else if (const auto* line = std::get_if<cluster::Log>(&action)) {
    said(node, line->text, now);
  } else if (std::holds_alternative<cluster::CommUp>(action)) {
    note_everybody_known(node, now);
    if (!member.everybody_known) fail(node, "joining", "is active before every node is known");
  } else if (std::holds_alternative<cluster::Exit>(action)) {
    ended(node, now);
  }
}

void Witness::ended(int node, TimePoint now) {
  const Member& member = nodes_[node];
  if (!member.left_at)
    fail(node, "leaving", "ends without having been asked");
  else if (now - *member.left_at < kLeavingStep * 2)
    fail(node, "leaving", fmt::format("ends {} ms after shutdone", to_ms(now - *member.left_at)));
  else if (member.statuses_since_leaving < 2)
    fail(node, "leaving", "ends without its two last statuses");
}

void Witness::hears_stranger(int node, TimePoint now) {
  note_event(nodes_[node], now);
}

// Something happens at the node; long after the last, it was paused (decision W6).
void Witness::note_event(Member& member, TimePoint now) const {
  if (now - member.last_event > Duration(scenario_.times.deadtime) / 2)
    member.judge_from = now + Duration(scenario_.times.keepalive) * 5 / 4;
  member.last_event = now;
}

void Witness::said(int node, const std::string& line, TimePoint now) {
  Member& member = nodes_[node];
  if (line.find(kStrangerName) != std::string::npos) {
    const auto before = member.complained.find(line);
    if (before != member.complained.end() && now - before->second < 1min)
      fail(node, "stranger", "complains twice within a minute: " + line);
    member.complained[line] = now;
  }
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

void Witness::delivered(int node, const cluster::DeliverLocal& delivery) {
  const wire::Message& message = delivery.message;
  const std::string_view type = message.type();
  if (delivery.treatment == cluster::Treatment::kDuplicate ||
      delivery.treatment == cluster::Treatment::kProtocol)
    return;
  if (message.get("src") == kStrangerName || message.get("node") == kStrangerName) {
    fail(node, "stranger", "takes a stranger for a member");
  } else if (type == "ifstat") {
    delivered_link(node, message);
  } else if (type == "status" && message.get("st") == "dead") {
    const int other = index_of(message.get("src"));
    Seen& seen = nodes_[node].seen[other];
    if (seen.status == "dead") fail(node, "false death", "declares the same node dead twice");
    nodes_[node].declared.push_back(other);
    seen.status = "dead";
    seen.member_from = 0;
    seen.early_from = 0;
  } else {
    if (delivery.treatment == cluster::Treatment::kKeep && (type == "status" || type == "NS_st"))
      delivered_status(node, message);
    if (type == "repnodes" && message.get("dest") == node_name(node)) nodes_[node].answered = true;
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

}  // namespace um::sim
