#include "cluster/node_list.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

namespace um::cluster {
namespace {

constexpr std::size_t kMostNames = 100;  // more than the node table holds is nonsense

/// Blank-separated names in lower case, each once.
std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  std::string name;
  auto finish = [&] {
    const bool wanted =
        !name.empty() && names.size() < kMostNames && std::ranges::find(names, name) == names.end();
    if (wanted) names.push_back(name);
    name.clear();
  };
  for (const unsigned char c : list) {
    if (std::isspace(c))
      finish();
    else
      name += static_cast<char>(std::tolower(c));
  }
  finish();
  return names;
}

/// The wire's form: each name followed by one blank.
std::string join(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += name + ' ';
  return list;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

void NodeList::message(const wire::Message& message, Now now, Outbox& out) {
  const std::string_view type = message.type();
  if (type == "reqnodes") {
    reply(message.get("src"), out);
  } else if (type == "repnodes") {
    adopt(message, now, out);
  } else if (type == "addnode") {
    add(message, now, out);
  } else if (type == "delnode") {
    remove(message, out);
  } else if (type == "setweight") {
    set_weight(message);
  } else if (type == "setsite") {
    set_site(message);
  }
}

void NodeList::reply(std::string_view to, Outbox& out) {
  const std::string deleted = join(roster_.deleted());
  wire::Message answer;
  answer.set("dest", to).set("t", "repnodes");
  answer.set("nodelist", join(roster_.normal_names()));
  answer.set("delnodelist", deleted.empty() ? " " : deleted);
  out.broadcast(std::move(answer));
}

void NodeList::adopt(const wire::Message& message, Now now, Outbox& out) {
  if (message.get("src") == roster_.self().name) return;
  const auto listed = names_in(message.get("nodelist"));
  for (const std::string& name : listed) add_one(name, now, out);
  for (const std::string& name : roster_.normal_names()) {
    const Peer& peer = *roster_.find(name);
    if (contains(listed, name) || peer.alive() || roster_.is_self(peer)) continue;
    if (peer.configured) {
      out.log(LogLevel::kWarn, fmt::format("node {} does not list node {} of our ha.cf: kept here, "
                                           "but the ha.cf files differ",
                                           message.get("src"), name));
    } else {
      roster_.remove(name);
    }
  }
  roster_.set_deleted(names_in(message.get("delnodelist")));
  out.act(SaveDeletedNodes{roster_.deleted()});
  joining_.node_list_arrived();
}

void NodeList::add(const wire::Message& message, Now now, Outbox& out) {
  for (const std::string& name : names_in(message.get("nodelist"))) add_one(name, now, out);
}

void NodeList::add_one(std::string_view name, Now now, Outbox& out) {
  if (roster_.find(name)) return;
  if (roster_.add(name, now.monotonic)) {
    out.log(LogLevel::kInfo,
            fmt::format("hb_add_one_node: Adding new node[{}] to configuration.", name));
  } else {
    out.log(LogLevel::kError, fmt::format("hb_add_one_node: cannot add node [{}]: name too long or "
                                          "too many nodes",
                                          name));
  }
}

void NodeList::remove(const wire::Message& message, Outbox& out) {
  const auto names = names_in(message.get("nodelist"));
  if (!may_remove(names, out)) return;
  if (contains(names, roster_.self().name)) {
    out.log(LogLevel::kError, "I am being deleted from the cluster. This should not happen");
    out.tell(LeaveCluster{});
    return;
  }
  auto deleted = roster_.deleted();
  for (const std::string& name : names) {
    if (!roster_.find(name)) continue;
    out.log(LogLevel::kInfo, fmt::format("Removing node [{}] from configuration.", name));
    roster_.remove(name);
    if (!contains(deleted, name)) deleted.push_back(name);
    wire::Message event("delnode");
    event.set("node", name);
    out.act(DeliverLocal{std::move(event), Treatment::kKeep});
  }
  if (deleted.size() > kMostNames) deleted.erase(deleted.begin());
  roster_.set_deleted(deleted);
  out.act(SaveDeletedNodes{std::move(deleted)});
}

bool NodeList::may_remove(const std::vector<std::string>& names, Outbox& out) const {
  for (const Peer& peer : roster_.peers()) {
    if (!peer.normal() || roster_.is_self(peer)) continue;
    if (contains(names, peer.name)) {
      if (peer.status == NodeStatus::kDead) continue;
      out.log(LogLevel::kWarn, fmt::format("deletion failed: node {} is not dead", peer.name));
      return false;
    }
    if (peer.alive()) continue;
    out.log(LogLevel::kError,
            fmt::format("HBDoMsg_T_DELNODE: deletion failed. We don't have all required nodes "
                        "alive ({} is dead)",
                        peer.name));
    return false;
  }
  return true;
}

void NodeList::set_weight(const wire::Message& message) {
  Peer* peer = roster_.find(message.get("node"));
  const auto weight = message.decimal("weight");
  if (peer && weight && *weight <= UINT32_MAX) peer->weight = static_cast<unsigned>(*weight);
}

void NodeList::set_site(const wire::Message& message) {
  if (Peer* peer = roster_.find(message.get("node"))) peer->site = message.get("site");
}

}  // namespace um::cluster
