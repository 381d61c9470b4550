// What the rc.d scripts do, natively where they are the shipped ones: spec heartbeat-resources 5.
#include <algorithm>
#include <array>
#include <utility>

#include "cluster/ownership.hpp"

namespace um::cluster {

using wire::Message;

namespace {

// Types that the daemon understands itself; a file of that name in rc.d is not run for them.
constexpr std::array<std::string_view, 16> kBuiltIn = {
    "status",       "shutdone",      "starting",        "resource", "ask_resources", "stonith",
    "reqnodes",     "repnodes",      "addnode",         "delnode",  "setweight",     "setsite",
    "hbapi-clstat", "query-cstatus", "respond-cstatus", "NS_st"};

}  // namespace

/// A request from another node (legacy): release the group if it is here, and say which it was.
void Ownership::on_ip_request(const Message& message) {
  std::string from(message.get("src"));
  std::string key(message.get("ipaddr"));
  if (is_self(from) || leaving() || key.empty()) return;
  if (runs_script("ip-request") || runs_script("local_giveip"))
    run_script(message, true, {.purpose = Purpose::kScript});
  else
    give_to_peer(from, {key});
}

void Ownership::give_to_peer(const std::string& node, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    bool here = group_of(key) && (state_of(key) == GroupState::kHeld || queue_.busy(key));
    work({.purpose = Purpose::kGiveToPeer, .node = node, .keys = {key}, .owned = here},
         JobKind::kGiveGroups, here ? std::vector{key} : std::vector<std::string>{},
         WorkQueue::Lane::kScripts);
  }
}

void Ownership::answer_ip_request(const std::string& key, const std::string& to, bool owned,
                                  Outbox& out) {
  Message answer("ip-request-resp");
  answer.set("dest", to).set("ipaddr", key).set("weown", owned ? "yes" : "no").set("ok", "OK");
  out.broadcast(std::move(answer));
}

void Ownership::on_ip_request_resp(const Message& message, Outbox& out) {
  std::string key(message.get("ipaddr"));
  if (leaving() || key.empty() || !is_self(message.get("dest"))) return;
  if (runs_script("ip-request-resp")) {
    run_script(message, true, {.purpose = Purpose::kOwnGroupScript, .keys = {key}});
    return;
  }
  if (!everybody_has_answered(message, key)) return;
  std::string ok(message.get("ok"));
  out.log(LogLevel::kInfo,
          "received ip-request-resp " + key + " " + ok + " " + std::string(message.get("weown")));
  if (ok == "OK" && group_of(key))
    work({.purpose = Purpose::kOwnGroup, .keys = {key}}, JobKind::kTakeGroups, {key},
         WorkQueue::Lane::kScripts);
}

/// Of several other nodes one may have the group and take its time to stop it, while the rest says
/// at once that it has not: only the last "no" means that nobody has it.
bool Ownership::everybody_has_answered(const Message& message, const std::string& key) {
  std::string from(message.get("src"));
  std::set<std::string>& answered = answered_[key];
  answered.insert(from);
  std::vector<std::string> peers = live_peers();
  bool everybody = std::ranges::all_of(
      peers, [&answered](const std::string& peer) { return answered.contains(peer); });
  if (!everybody && !is_self(from) && message.get("weown") != "yes") return false;
  answered_.erase(key);
  return true;
}

/// hb_takeover on the other node is hb_standby here, seen from the other side.
void Ownership::on_hb_takeover(const Message& message, Outbox& out) {
  if (is_self(message.get("src")) || leaving()) return;
  if (runs_script("hb_takeover")) {
    run_script(message, false, {});
    return;
  }
  std::string_view word = message.get("rsc_hold");
  // `failback` comes from an old hb_takeover only; ours says `local` (decision R17).
  Holdings set = word == "failback" ? Holdings::kForeign
                                    : mirrored(holdings_from(word).value_or(Holdings::kAll));
  if (set == Holdings::kNone) set = Holdings::kAll;
  out.log(LogLevel::kInfo, "Going standby [" + std::string(to_string(set)) + "].");
  send_request(set, "me", out);
}

void Ownership::on_message_for_scripts(const Message& message) {
  std::string_view type = message.type();
  if (leaving() || !runs_script(type)) return;
  if (std::ranges::find(kBuiltIn, type) != kBuiltIn.end()) return;
  run_script(message, false, {});
}

void Ownership::run_script(const Message& message, bool exclusive, Task task) {
  WorkQueue::Step step{
      .kind = JobKind::kNotifyScript, .group = {}, .exclusive = exclusive, .environment = {}};
  for (const wire::Field& field : message.fields())
    if (field.type == wire::FieldType::kString)
      step.environment.try_emplace("HA_" + field.name, field.value);
  step.environment["HA_OSTATUS"] = to_string(cluster_.status_of(config_.node));
  begin(std::move(task), {.lane = WorkQueue::Lane::kScripts, .steps = {std::move(step)}});
}

/// The message that the old daemon made up for its scripts when a node died.
void Ownership::run_status_script_for_dead(const std::string& node, bool ping, Task task) {
  if (!runs_script("status")) return;
  Message status("status");
  status.set("seq", "1").set("src", node).set("st", "dead");
  if (ping) status.set("info", "ping");
  run_script(status, !ping, std::move(task));
}

bool Ownership::knows_new_pair() const {
  return std::ranges::any_of(cluster_.nodes(), [this](const NodeView& node) {
    return node.new_pair && !is_self(node.name);
  });
}

int Ownership::active_nodes() const {
  return static_cast<int>(std::ranges::count_if(cluster_.nodes(), [this](const NodeView& node) {
    return node.kind == NodeKind::kNormal && node.status == NodeStatus::kActive && live(node.name);
  }));
}

}  // namespace um::cluster
