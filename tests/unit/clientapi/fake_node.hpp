// fake_node.hpp - the node `nodea` of the recorded sessions (tests/vectors/api), standing still.
//
// Two nodes with two links each, one ping node and one ping group. A broadcast gets the cluster's
// fields and comes back to this node's clients at once; nodeb answers query-cstatus.
#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "clientapi/node.hpp"
#include "wire/base64.hpp"

namespace um::clientapi::test {

class FakeNode final : public Node, public cluster::ClusterView {
 public:
  using Status = cluster::NodeStatus;

  FakeNode() {
    uuids_ = {uuid("WrjLRDeVSzGxZb3XHAEWlg=="), uuid("lII6Be11SnugAl5bDO0nzw==")};
    std::vector<cluster::LinkView> links{{"eth0", true}, {"eth1", true}};
    add("nodea", cluster::NodeKind::kNormal, Status::kActive, links, uuids_[0]);
    add("nodeb", cluster::NodeKind::kNormal, Status::kActive, links, uuids_[1]);
    add("10.94.0.254", cluster::NodeKind::kPing, Status::kPing, {{"10.94.0.254", true}}, {});
    add("grp1", cluster::NodeKind::kPing, Status::kPing, {{"grp1", true}}, {});
  }

  // ---- what a test may set
  std::vector<cluster::NodeView> members;
  std::string resources = "none";
  std::string auto_failback = "off";
  std::string message_format = "classic";
  int facility = -1;
  std::set<std::string, std::less<>> online_on_nodeb{"ipfail", "test1"};
  /// Where broadcasts come back to.
  std::function<void(const wire::Message&)> deliver = [](const wire::Message&) {};
  std::vector<wire::Message> broadcasts;

  // ---- Node
  const cluster::ClusterView& cluster() const override { return *this; }
  std::string rsc_status() const override { return resources; }
  std::chrono::milliseconds deadtime() const override { return std::chrono::seconds(6); }
  std::chrono::milliseconds keepalive() const override { return std::chrono::milliseconds(500); }
  int log_facility() const override { return facility; }
  std::string version() const override {
    return "3.0.6 (node: 958e11be8686759f1b99204c17812f2c2633b169)";
  }
  std::optional<std::string> parameter(std::string_view name) const override;
  void broadcast(wire::Message message) override;

  // ---- ClusterView
  const std::string& self() const override { return members[0].name; }
  std::vector<cluster::NodeView> nodes() const override { return members; }
  Status status_of(std::string_view name) const override;
  bool is_new_pair(std::string_view) const override { return false; }

  /// A message as it comes from `src` through the cluster.
  wire::Message with_cluster_fields(wire::Message message, std::size_t src) const;

 private:
  static cluster::Uuid uuid(std::string_view text) {
    cluster::Uuid out{};
    std::string bytes = *wire::base64_decode(text);
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
  }
  void add(std::string name, cluster::NodeKind kind, Status status,
           std::vector<cluster::LinkView> links, const cluster::Uuid& id) {
    cluster::NodeView view;
    view.name = std::move(name);
    view.kind = kind;
    view.status = status;
    view.links = std::move(links);
    view.uuid = id;
    members.push_back(std::move(view));
  }

  std::array<cluster::Uuid, 2> uuids_;
};

inline std::optional<std::string> FakeNode::parameter(std::string_view name) const {
  static const std::map<std::string, std::string, std::less<>> kValues{
      {"cluster", "linux-ha"},
      {"hopfudge", "1"},
      {"keepalive", "500ms"},
      {"deadtime", "6"},
      {"deadping", "5"},
      {"initdead", "10"},
      {"warntime", "3"},
      {"baud", "19200"},
      {"udpport", "694"},
      {"hbgenmethod", "file"},
      {"realtime", "true"},
      {"debug", "1"},
      {"conn_logd_time", "60"},
      {"log_badpack", "true"},
      {"syslogmsgfmt", "true"},
      {"coredumps", "false"},
      {"pacemaker", "false"},
      {"autojoin", "none"},
      {"uuidfrom", "file"},
      {"compression", "zlib"},
      {"compression_threshold", "2"},
      {"memreserve", "6500"},
      {"hbversion", "3.0.6"},
      {"traditional_compression", "no"},
      {"max_rexmit_delay", "250"},
      {"logfile", "/var/log/ha-log"},
      {"debugfile", "/var/log/ha-debug"},
      {"record_config_changes", "on"},
      {"record_pengine_inputs", "on"},
      {"enable_config_writes", "on"}};
  if (name == "auto_failback") return auto_failback;
  if (name == "msgfmt") return message_format;
  auto found = kValues.find(name);
  return found == kValues.end() ? std::nullopt : std::optional(found->second);
}

inline FakeNode::Status FakeNode::status_of(std::string_view name) const {
  auto found = std::ranges::find(members, name, &cluster::NodeView::name);
  return found == members.end() ? Status::kDead : found->status;
}

inline wire::Message FakeNode::with_cluster_fields(wire::Message message, std::size_t src) const {
  auto bytes = [](const cluster::Uuid& id) {
    return std::string_view(reinterpret_cast<const char*>(id.data()), id.size());
  };
  auto dest = std::ranges::find(members, message.get("dest"), &cluster::NodeView::name);
  bool sequenced = !message.type().starts_with("NS_");
  if (dest != members.end()) message.set("destuuid", bytes(dest->uuid), wire::FieldType::kBinary);
  if (sequenced || !message.has("src")) message.set("src", members[src].name);
  message.set("srcuuid", bytes(uuids_[src]), wire::FieldType::kBinary);
  if (sequenced) message.set("seq", "1");
  message.set("hg", "1").set("ts", "1");
  if (sequenced) message.set("ld", "0.0");
  message.set("ttl", "5");
  if (message_format == "classic") message.set("auth", "1 0");
  return message;
}

inline void FakeNode::broadcast(wire::Message message) {
  broadcasts.push_back(message);
  std::string dest(message.get("dest"));
  wire::Message sent = with_cluster_fields(message, 0);
  if (dest.empty() || dest == self()) deliver(sent);
  if (message.type() != "query-cstatus" || (!dest.empty() && dest != "nodeb")) return;
  wire::Message reply("respond-cstatus");
  std::string_view name = message.get("cn");
  bool online = online_on_nodeb.contains(name);
  reply.set("dest", self()).set("result", "OK").set("cn", name);
  reply.set("to_id", message.get("from_id")).set("cs", online ? "online" : "offline");
  deliver(with_cluster_fields(std::move(reply), 1));
}

}  // namespace um::clientapi::test
