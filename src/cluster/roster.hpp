// roster.hpp - the nodes of the cluster: those of ha.cf, and those added and deleted at run time.
#pragma once
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "cluster/config.hpp"
#include "cluster/peer.hpp"
#include "cluster/random.hpp"

namespace um::cluster {

class Roster {
 public:
  /// `config` must outlive it.
  explicit Roster(const Config& config);

  /// From now on we wait to hear of every node.
  void start(TimePoint now);

  Peer& self() { return *find(config_.node); }
  const Peer& self() const { return *find(config_.node); }
  Peer* find(std::string_view name);
  const Peer* find(std::string_view name) const;
  const Peer* find_by_uuid(const Uuid& uuid) const;

  std::list<Peer>& peers() { return peers_; }
  const std::list<Peer>& peers() const { return peers_; }
  bool is_self(const Peer& peer) const { return peer.name == config_.node; }

  /// Refused (false): no room, a name that no node can have, or known already.
  bool add(std::string_view name, TimePoint now);
  void remove(std::string_view name);

  /// Links and nodes as the configuration has them now. Nodes added at run time stay, and live
  /// ones.
  void reconfigure(TimePoint now);

  std::vector<std::string> normal_names() const;
  const std::vector<std::string>& deleted() const { return deleted_; }
  void set_deleted(std::vector<std::string> names) { deleted_ = std::move(names); }

  Random& random() { return random_; }

 private:
  Peer& insert(std::string name, NodeKind kind, bool configured, TimePoint now);
  std::vector<std::string> links_of(const Peer& peer) const;

  const Config& config_;
  Random random_;
  std::list<Peer> peers_;  // a list: references survive additions and removals
  std::vector<std::string> deleted_;
};

}  // namespace um::cluster
