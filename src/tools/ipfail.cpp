#include "tools/ipfail.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace um::tools {

using wire::Message;

namespace {

constexpr std::chrono::seconds kSecondLook{10};  // heartbeat-api 10.3, "sleep 10 s"

}  // namespace

Ipfail::Ipfail(IpfailSettings settings, IpfailHeartbeat& heartbeat, Say say)
    : settings_(std::move(settings)), heartbeat_(heartbeat), say_(std::move(say)) {}

void Ipfail::start() {
  debug(fmt::format("[We are {}]", settings_.node));
  debug("Starting node walk");
  auto nodes = heartbeat_.nodes();
  std::vector<std::string> others;
  for (const auto& node : nodes)
    if (node.type == "normal" && node.name != settings_.node) others.push_back(node.name);
  if (!others.empty()) peer_ = others.front();
  std::ranges::reverse(nodes);  // the old walk's order
  for (const auto& node : nodes) {
    debug(fmt::format("Cluster node: {}: status: {}", node.name, node.status));
    if (node.name == peer_) debug(fmt::format("[They are {}]", peer_));
  }
  if (others.empty()) say_(LogLevel::kWarn, "there is no other node to compare with");
  if (others.size() > 1)
    say_(LogLevel::kWarn,
         fmt::format("{} other nodes: ipfail compares with {} alone", others.size(), peer_));
}

// ---- events (heartbeat-api 10.4), one function per row of the table -----------------------------

void Ipfail::message(const Message& message, TimePoint now) {
  std::string_view type = message.type();
  if (type == "status" || type == "NS_st") return node_status(message);
  if (type == "ifstat") return link_status(message);
  if (type == "hbapi-clstat") return client_status(message);
  if (type == "num_ping_nodes") return compare(message, now);
  if (type == "you_are_dead") return told_to_give_up(now);
  if (type == "abort_giveup") return told_to_stay();
  if (type == "resource" && message.get("src") == peer_) return other_side(message, now);
}

void Ipfail::node_status(const Message& message) {
  std::string_view status = message.get("st");
  info(fmt::format("Status update: Node {} now has status {}", message.get("src"), status));
  if (status == "dead") info(reachable() > 0 ? "NS: We are still alive!" : "NS: We are dead. :<");
  if (status == "ping") {
    info("A ping node just came up.");
    ask_other_side();
  }
}

void Ipfail::link_status(const Message& message) {
  info(fmt::format("Link Status update: Link {}/{} now has status {}", message.get("node"),
                   message.get("ifname"), message.get("st")));
  if (message.get("st") != "dead") return;
  if (auto count = reachable())
    info(*count > 0 ? "Checking remote count of ping nodes." : "We are dead. :<");
  ask_other_side();
}

void Ipfail::client_status(const Message& message) {
  bool theirs = message.get("from_id") == "ipfail" && message.get("src") != settings_.node;
  if (!theirs || message.get("st") != "join") return;
  debug(fmt::format("Got join message from another ipfail client. ({})", message.get("src")));
  ask_other_side();
}

void Ipfail::compare(const Message& message, TimePoint now) {
  debug("Got asked for num_ping.");
  auto theirs = message.decimal("num_ping");
  auto ours = reachable();
  if (!theirs || !ours) return;
  if (*ours > *theirs) {
    info("Telling other node that we have more visible ping nodes.");
    debug("Sending you_are_dead.");
    heartbeat_.send(Message("you_are_dead").set("dest", peer_));
    debug("Message [you_are_dead] sent.");
  } else if (*ours < *theirs) {
    info("Giving up because we have less visible ping nodes.");
    plan(Set::kAll, now);
  } else {
    info("Ping node count is balanced.");
    heartbeat_.send(Message("abort_giveup").set("src", settings_.node).set("dest", peer_));
    debug("Abort message sent.");
    if (pending_ && pending_->set == Set::kAll) {
      cancel();
    } else if (!pending_ && settings_.auto_failback && heartbeat_.resources() != "transition") {
      info("Giving up foreign resources (auto_failback).");
      plan(Set::kForeign, now);
    }
  }
}

void Ipfail::told_to_give_up(TimePoint now) {
  info("Giving up because we were told that we have less ping nodes.");
  plan(Set::kAll, now);
}

void Ipfail::told_to_stay() {
  if (pending_ && pending_->set == Set::kAll) return cancel();
  info("No giveup timer to abort.");
}

void Ipfail::other_side(const Message& message, TimePoint now) {
  if (message.get("isstable") == "0") return debug("Other side is unstable.");
  if (message.get("isstable") != "1" || message.has("info")) return;
  debug("Other side is now stable.");
  if (need_standby_ && !second_look_) second_look_ = now + kSecondLook;
}

// ---- what comes of them -------------------------------------------------------------------------

std::optional<unsigned> Ipfail::reachable() {
  auto nodes = heartbeat_.nodes();
  if (nodes.empty()) {
    say_(LogLevel::kWarn, "heartbeat does not say which nodes it reaches");
    return std::nullopt;
  }
  return static_cast<unsigned>(std::ranges::count(nodes, "ping", &IpfailHeartbeat::Node::status));
}

void Ipfail::ask_other_side() {
  auto count = reachable();
  if (!count) return;
  info("Asking other side for ping node count.");
  Message message("num_ping_nodes");
  message.set("src", settings_.node).set("num_ping", std::to_string(*count));
  heartbeat_.send(std::move(message.set("dest", peer_)));
  debug("Message [num_ping] sent.");
}

// The deadline of a give-up that is pending stands; only what is given up can grow.
void Ipfail::plan(Set set, TimePoint now) {
  if (pending_) {
    if (set == Set::kAll) pending_->set = Set::kAll;
    return;
  }
  auto delay = 2 * settings_.keepalive;
  info(fmt::format("Delayed giveup in {} seconds.",
                   std::chrono::duration_cast<std::chrono::seconds>(delay).count()));
  pending_ = GiveUp{set, now + delay, next_tag_++};
}

void Ipfail::cancel() {
  info(fmt::format("Aborted delayed giveup ({})", pending_->tag));
  pending_.reset();
}

void Ipfail::give_up(Set set) {
  info("giveup() called (timeout worked)");
  if (heartbeat_.resources() == "transition") {
    need_standby_ = true;
    return;
  }
  Message request("ask_resources");
  request.set("rsc_hold", set == Set::kAll ? "all" : "foreign");
  heartbeat_.send(std::move(request.set("src", settings_.node).set("info", "me")));
  debug("Message [ask_resources] sent.");
  need_standby_ = false;
}

void Ipfail::tick(TimePoint now) {
  if (pending_ && pending_->at <= now) {
    Set set = pending_->set;
    pending_.reset();
    give_up(set);
    debug("giveup timeout has been destroyed.");
  }
  if (second_look_ && *second_look_ <= now) {
    second_look_.reset();
    need_standby_ = false;
    ask_other_side();
  }
}

std::optional<TimePoint> Ipfail::next_deadline() const {
  if (!pending_) return second_look_;
  return second_look_ ? std::min(pending_->at, *second_look_) : pending_->at;
}

}  // namespace um::tools
