#include "cluster/roster.hpp"

#include <algorithm>
#include <utility>

namespace um::cluster {
namespace {

constexpr std::size_t kMostNodes = 100;       // wire 1.5
constexpr std::size_t kLongestNodeName = 99;  // wire 1.5
constexpr unsigned kAckPeriod = 10;           // wire 6.7

}  // namespace

Roster::Roster(const Config& config) : config_(config), random_(config.seed) {
  for (const NodeConfig& node : config.nodes) insert(node.name, node.kind, true, {});
  if (!find(config.node)) insert(config.node, NodeKind::kNormal, true, {});
}

void Roster::start(TimePoint now) {
  for (Peer& peer : peers_) peer.alive_at = now;
}

Peer* Roster::find(std::string_view name) {
  auto found = std::ranges::find(peers_, name, &Peer::name);
  return found == peers_.end() ? nullptr : &*found;
}

const Peer* Roster::find(std::string_view name) const {
  auto found = std::ranges::find(peers_, name, &Peer::name);
  return found == peers_.end() ? nullptr : &*found;
}

const Peer* Roster::find_by_uuid(const Uuid& uuid) const {
  auto found = std::ranges::find(peers_, uuid, &Peer::uuid);
  return found == peers_.end() ? nullptr : &*found;
}

bool Roster::add(std::string_view name, TimePoint now) {
  if (name.empty() || name.size() > kLongestNodeName || peers_.size() >= kMostNodes) return false;
  if (find(name)) return false;
  insert(std::string(name), NodeKind::kNormal, false, now);
  std::erase(deleted_, name);
  return true;
}

void Roster::remove(std::string_view name) {
  if (name == config_.node) return;
  std::erase_if(peers_, [&](const Peer& peer) { return peer.name == name; });
}

void Roster::reconfigure(TimePoint now) {
  auto is_listed = [&](const Peer& peer) {
    return is_self(peer) ||
           std::ranges::find(config_.nodes, peer.name, &NodeConfig::name) != config_.nodes.end();
  };
  // A live node that ha.cf no longer names may still hold resources: it goes by delnode.
  std::erase_if(peers_, [&](const Peer& peer) {
    return peer.configured && !is_listed(peer) && !(peer.normal() && peer.alive());
  });
  for (Peer& peer : peers_) peer.configured = is_listed(peer);
  for (const NodeConfig& node : config_.nodes) {
    if (find(node.name)) continue;
    insert(node.name, node.kind, true, now);
    std::erase(deleted_, node.name);
  }
  for (Peer& peer : peers_) {
    const auto names = links_of(peer);
    peer.links.keep_only(names);
    for (const std::string& name : names) peer.links.add(name);
  }
}

std::vector<std::string> Roster::normal_names() const {
  std::vector<std::string> names;
  for (const Peer& peer : peers_)
    if (peer.normal()) names.push_back(peer.name);
  return names;
}

Peer& Roster::insert(std::string name, NodeKind kind, bool configured, TimePoint now) {
  Peer& peer = peers_.emplace_back();
  peer.name = std::move(name);
  peer.kind = kind;
  peer.configured = configured;
  peer.alive_at = now;
  peer.ack_trigger = static_cast<unsigned>(random_.between(0, kAckPeriod - 1));
  if (is_self(peer)) {
    peer.heard = true;
    peer.new_pair = true;
    peer.uuid = config_.uuid;
    peer.generation = config_.generation;
  }
  for (const std::string& link : links_of(peer)) peer.links.add(link);
  return peer;
}

std::vector<std::string> Roster::links_of(const Peer& peer) const {
  std::vector<std::string> names;
  for (const MediumConfig& medium : config_.media) {
    const bool ours = peer.normal() ? medium.ping_node.empty() : medium.ping_node == peer.name;
    if (ours) names.push_back(medium.link);
  }
  return names;
}

}  // namespace um::cluster
