// node_list.hpp - messages that ask for, report or change the list of nodes (wire 5, 7.7).
//
// reqnodes, repnodes, addnode, delnode, setweight, setsite. A node of our own ha.cf leaves the list
// only by delnode (decision W19).
#pragma once
#include <string_view>

#include "base/clock.hpp"
#include "cluster/joining.hpp"
#include "cluster/outbox.hpp"
#include "cluster/roster.hpp"

namespace um::cluster {

class NodeList {
 public:
  NodeList(Roster& roster, Joining& joining) : roster_(roster), joining_(joining) {}

  /// Acts on `message` if it is one of these; other types are none of its business.
  void message(const wire::Message& message, Now now, Outbox& out);

 private:
  void reply(std::string_view to, Outbox& out);
  void adopt(const wire::Message& message, Now now, Outbox& out);
  void add(const wire::Message& message, Now now, Outbox& out);
  void remove(const wire::Message& message, Outbox& out);
  bool may_remove(const std::vector<std::string>& names, Outbox& out) const;
  void set_weight(const wire::Message& message);
  void set_site(const wire::Message& message);
  void add_one(std::string_view name, Now now, Outbox& out);

  Roster& roster_;
  Joining& joining_;
};

}  // namespace um::cluster
