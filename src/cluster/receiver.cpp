#include "cluster/receiver.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cluster/flow.hpp"
#include "cluster/message_types.hpp"

namespace um::cluster {
namespace {

Uuid uuid_of(const wire::Message& message, std::string_view field) {
  Uuid uuid{};
  const std::string_view bytes = message.get(field);
  if (bytes.size() == uuid.size()) std::ranges::copy(bytes, uuid.begin());
  return uuid;
}

std::string to_text(const Uuid& uuid) {
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", uuid[i]);
  }
  return text;
}

void log_return(const Peer& peer, Outbox& out) {
  out.log(LogLevel::kCrit, fmt::format("Cluster node {} returning after partition.", peer.name));
  out.log(LogLevel::kInfo,
          "For information on cluster partitions, See URL: http://linux-ha.org/wiki/Split_Brain");
  out.log(LogLevel::kWarn, "Deadtime value may be too small.");
  out.log(LogLevel::kInfo, "See FAQ for information on tuning deadtime.");
  out.log(LogLevel::kInfo, "URL: http://linux-ha.org/wiki/FAQ#Heavy_Load");
}

void begin_generation(Peer& peer, std::uint64_t generation) {
  peer.generation = generation;
  peer.received.restart();
  peer.wanted.clear();
  peer.status_heard = false;
  peer.status_number = 0;
  peer.acked = 0;
}

/// Ask again for what came before the status that introduces the node.
void expect_early_messages(Peer& peer, std::uint64_t status_number) {
  const bool any = peer.early_number != 0 && peer.early_generation == peer.generation;
  const std::uint64_t first = std::max(peer.early_number, peer.received.newest() + 1);
  peer.early_number = 0;
  if (!any || first >= status_number || status_number - first > kLargestGap) return;
  peer.received.expect_from(first);
  Flow::begins_at(peer, first);
}

void note_early(Peer& peer, std::uint64_t generation, std::uint64_t number) {
  const bool any = peer.early_number != 0;
  if (any && generation < peer.early_generation) return;
  const bool same = any && peer.early_generation == generation;
  peer.early_number = same ? std::min(peer.early_number, number) : number;
  peer.early_generation = generation;
}

}  // namespace

Admission Receiver::admit(const wire::Message& message, std::string_view link,
                          std::uint64_t newest_sent, TimePoint now, Outbox& out) {
  Admission admission;
  if (!well_formed(message, link, now, out)) return admission;
  admission.peer = identify(message, now, out);
  if (!admission.peer) return admission;
  Peer& peer = *admission.peer;
  if (roster_.is_self(peer)) return judge_echo(message, newest_sent, now, out);
  if (!right_uuid(peer, message, now, out)) return admission;
  if (peer.normal() == (message.type() == kPingStatus)) return admission;
  if (!peer.heard) peer.counted_from = newest_sent;
  peer.heard = true;
  if (is_unsequenced(message.type())) {
    // Acknowledgements and requests of another life of that node mean other numbers.
    const bool current = !peer.normal() || (peer.status != NodeStatus::kDead &&
                                            message.hex("hg").value_or(0) == peer.generation);
    // What a node cannot resend to another, it cannot resend to us (wire 6.6).
    const bool for_all = is_rexmit_refusal(message.type());
    if (current && (for_all || for_us(message))) admission.verdict = Verdict::kAccepted;
    return admission;
  }
  if (!introduce(peer, message, admission, now, out)) return admission;
  if (admission.restarted || admission.returned) peer.counted_from = newest_sent;
  number(peer, *message.hex("seq"), admission, now, out);
  if (admission.verdict == Verdict::kAccepted && !for_us(message))
    admission.verdict = Verdict::kNotForUs;
  return admission;
}

bool Receiver::well_formed(const wire::Message& message, std::string_view link, TimePoint now,
                           Outbox& out) {
  const std::string_view from = message.has("src") ? message.get("src") : "(null)";
  const bool complete =
      !message.get("src").empty() && !message.type().empty() && message.hex("ts").value_or(0) != 0;
  std::string_view lack;
  if (!complete)
    lack = "missing from/ts/type";
  else if (!is_unsequenced(message.type()) && message.hex("seq").value_or(0) == 0)
    lack = "missing seqno";
  if (lack.empty()) return true;
  if (limiter_.allow(fmt::format("{} {}", lack, from), LogLevel::kError, std::string(lack), now)) {
    out.log(LogLevel::kError,
            fmt::format("process_clustermsg: {}: iface {}, from {}", lack, link, from));
    dump(message, out);
  }
  return false;
}

Peer* Receiver::identify(const wire::Message& message, TimePoint now, Outbox& out) {
  const std::string_view name = message.get("src");
  if (Peer* peer = roster_.find(name)) return peer;
  const Uuid uuid = uuid_of(message, "srcuuid");
  const Peer* namesake = uuid == Uuid{} ? nullptr : roster_.find_by_uuid(uuid);
  const std::string line =
      namesake ? fmt::format(
                     "node {} has the uuid of node {}: refused (a node keeps its configured "
                     "name; was /var/lib/heartbeat/hb_uuid copied?)",
                     name, namesake->name)
               : fmt::format("process_status_message: bad node [{}] in message", name);
  if (limiter_.allow(fmt::format("bad node {}", name), LogLevel::kError, line, now)) {
    out.log(LogLevel::kError, line);
    dump(message, out);
  }
  return nullptr;
}

bool Receiver::right_uuid(Peer& peer, const wire::Message& message, TimePoint now, Outbox& out) {
  const Uuid uuid = uuid_of(message, "srcuuid");
  if (uuid == Uuid{} || uuid == peer.uuid) return true;
  if (const Peer* other = roster_.find_by_uuid(uuid)) {
    // Cloned machines: both have their own configured name, so they can be told apart (W14).
    limited(fmt::format("uuid {}", peer.name), LogLevel::kError,
            fmt::format("nodes {} and {} have the same uuid {}: remove hb_uuid on one of them",
                        other->name, peer.name, to_text(uuid)),
            now, out);
    return true;
  }
  if (peer.uuid != Uuid{}) {
    limited(fmt::format("uuid {}", peer.name), LogLevel::kInfo,
            fmt::format("node {} changed its uuid to {}", peer.name, to_text(uuid)), now, out);
  }
  peer.uuid = uuid;
  return true;
}

Admission Receiver::judge_echo(const wire::Message& message, std::uint64_t newest_sent,
                               TimePoint now, Outbox& out) {
  Admission admission;
  admission.peer = &roster_.self();
  const Uuid uuid = uuid_of(message, "srcuuid");
  const std::uint64_t generation = message.hex("hg").value_or(0);
  const std::uint64_t number = message.hex("seq").value_or(0);
  const bool stranger = (uuid != Uuid{} && uuid != config_.uuid) ||
                        generation > config_.generation ||
                        (generation == config_.generation && number > newest_sent);
  if (stranger) {
    limited("our name", LogLevel::kError,
            fmt::format("another machine calls itself {}: its packets are refused", config_.node),
            now, out);
  } else if (generation == config_.generation) {
    admission.verdict = Verdict::kOurEcho;
  }
  return admission;
}

// wire 6.2 steps 4 and 5.
bool Receiver::introduce(Peer& peer, const wire::Message& message, Admission& admission,
                         TimePoint now, Outbox& out) {
  const std::uint64_t generation = message.hex("hg").value_or(0);
  const std::uint64_t number = *message.hex("seq");
  if (generation < peer.generation) {
    limited(
        fmt::format("replay {}", peer.name), LogLevel::kError,
        fmt::format("should_drop_message: attempted replay attack [{}]? [gen = {}, curgen = {}]",
                    peer.name, generation, peer.generation),
        now, out);
    return false;
  }
  const bool known = peer.status_heard || peer.generation != 0;
  const bool newer = generation > peer.generation;
  const bool dead = peer.status == NodeStatus::kDead;
  if (known && !newer && !dead) return true;
  if (known && !newer && number <= peer.received.newest()) return false;
  if (!is_status(message.type())) {
    note_early(peer, generation, number);
    return false;
  }
  if (newer) {
    admission.restarted = known;
    if (known) out.log(LogLevel::kInfo, fmt::format("Heartbeat restart on node {}", peer.name));
    begin_generation(peer, generation);
    admission.gaps_changed = true;
  } else if (known) {
    admission.returned = true;
    if (generation > 0) log_return(peer, out);
  }
  expect_early_messages(peer, number);
  return true;
}

// wire 6.2 steps 6 to 9.
void Receiver::number(Peer& peer, std::uint64_t number, Admission& admission, TimePoint now,
                      Outbox& out) {
  const bool first = peer.received.newest() == 0 || admission.returned;
  const Receipt receipt = peer.received.receive(number);
  if (first && receipt.arrival == Arrival::kInOrder) Flow::begins_at(peer, number);
  for (const std::uint64_t lost : receipt.gave_up) {
    peer.wanted.drop(lost);
    limited(fmt::format("lost {}", peer.name), LogLevel::kError,
            fmt::format("Irretrievably lost packet: node {} seq {}", peer.name, lost), now, out);
  }
  if (receipt.arrival == Arrival::kAfterGap || receipt.arrival == Arrival::kLostALot) {
    out.log(LogLevel::kWarn,
            fmt::format("{} lost packet(s) for [{}] [{}:{}]", number - receipt.newest_before - 1,
                        peer.name, receipt.newest_before, number));
  }
  if (receipt.arrival == Arrival::kAfterGap) {
    for (std::uint64_t n = receipt.newest_before + 1; n < number; ++n)
      peer.wanted.want(n, now, config_.times.max_rexmit_delay, roster_.random());
  } else if (receipt.arrival == Arrival::kLostALot) {
    out.log(LogLevel::kError, "lost a lot of packets!");
    peer.wanted.clear();
    Flow::begins_at(peer, number);
  } else if (receipt.arrival == Arrival::kFilledGap) {
    peer.wanted.drop(number);
    if (receipt.complete)
      out.log(LogLevel::kInfo, fmt::format("No pkts missing from {}!", peer.name));
  }
  admission.gaps_changed |= receipt.arrival == Arrival::kFilledGap ||
                            receipt.arrival == Arrival::kLostALot || !receipt.gave_up.empty();
  if (accepted(receipt.arrival)) {
    admission.verdict = Verdict::kAccepted;
  } else if (receipt.arrival == Arrival::kDuplicate) {
    admission.verdict = Verdict::kDuplicate;
  }
}

bool Receiver::for_us(const wire::Message& message) const {
  const std::string_view name = message.get("dest");
  if (!name.empty() && name != config_.node) return false;
  const Uuid uuid = uuid_of(message, "destuuid");
  return uuid == Uuid{} || uuid == config_.uuid;
}

void Receiver::limited(const std::string& source, LogLevel level, std::string line, TimePoint now,
                       Outbox& out) {
  if (limiter_.allow(source, level, line, now)) out.log(level, std::move(line));
}

void Receiver::log_counts(TimePoint now, Outbox& out) {
  for (Log& line : limiter_.take_counts(now)) out.act(std::move(line));
}

void Receiver::dump(const wire::Message& message, Outbox& out) const {
  if (config_.debug == 0) return;
  out.log(LogLevel::kInfo,
          fmt::format("MSG: Dumping message with {} fields", message.fields().size()));
  std::size_t index = 0;
  for (const wire::Field& field : message.fields()) {
    const std::string_view value = field.type == wire::FieldType::kBinary
                                       ? std::string_view("(binary)")
                                       : std::string_view(field.value);
    out.log(LogLevel::kInfo, fmt::format("MSG[{}] : [{}={}]", index++, field.name, value));
  }
}

}  // namespace um::cluster
