#include "clientapi/requests.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

namespace um::clientapi {
namespace {

using wire::FieldType;
using wire::Message;
using Frames = std::vector<Message>;

constexpr std::string_view kInvalid = "EINVAL";
constexpr std::string_view kNoQueryName = "no query node name found";

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view type_word(cluster::NodeKind kind) {
  return kind == cluster::NodeKind::kPing ? "ping" : "normal";
}

Frames ok(Message reply) {
  return {std::move(reply.set("result", "OK"))};
}

// Several frames say `ok/more`, the last one `OK`.
Frames walk(std::vector<Message> frames) {
  for (Message& frame : frames) frame.set("result", &frame == &frames.back() ? "OK" : "ok/more");
  return frames;
}

Frames node_list(const Message& request, const Node& node) {
  Frames frames;
  for (const auto& member : node.cluster().nodes())
    frames.push_back(reply_to(request)
                         .set("node", member.name)
                         .set("nodetype", type_word(member.kind))
                         .set("st", cluster::to_string(member.status)));
  return frames.empty() ? Frames{bad_request(request, kInvalid)} : walk(std::move(frames));
}

// A question about one node: `field` = value(node), or EINVAL for a node that we do not know.
template <class Value>
Frames about_node(const Message& request, const Node& node, std::string_view field, Value value) {
  auto member = find_node(node, request.get("node"));
  if (!member) return {bad_request(request, kInvalid)};
  return ok(reply_to(request).set(field, value(*member)));
}

Frames node_status(const Message& request, const Node& node) {
  return about_node(request, node, "st",
                    [](const auto& member) { return cluster::to_string(member.status); });
}

Frames node_type(const Message& request, const Node& node) {
  return about_node(request, node, "nodetype",
                    [](const auto& member) { return type_word(member.kind); });
}

Frames node_weight(const Message& request, const Node& node) {
  return about_node(request, node, "weight",
                    [](const auto& member) { return std::to_string(member.weight); });
}

Frames node_site(const Message& request, const Node& node) {
  return about_node(request, node, "site", [](const auto& member) { return member.site; });
}

Frames number_of_nodes(const Message& request, const Node& node) {
  auto count = std::ranges::count(node.cluster().nodes(), cluster::NodeKind::kNormal,
                                  &cluster::NodeView::kind);
  return ok(reply_to(request).set("numnodes", std::to_string(count)));
}

std::string_view link_word(const cluster::LinkView& link) {
  return link.up ? "up" : "dead";
}

Frames link_list(const Message& request, const Node& node) {
  auto member = find_node(node, request.get("node"));
  if (!member || member->links.empty()) return {bad_request(request, kInvalid)};  // decision A3
  Frames frames;
  for (const auto& link : member->links)
    frames.push_back(reply_to(request).set("ifname", link.name).set("st", link_word(link)));
  return walk(std::move(frames));
}

Frames link_status(const Message& request, const Node& node) {
  auto member = find_node(node, request.get("node"));
  if (!member) return {bad_request(request, kInvalid)};
  auto link = std::ranges::find(member->links, request.get("ifname"), &cluster::LinkView::name);
  if (link == member->links.end()) return {bad_request(request, kInvalid)};
  return ok(reply_to(request).set("st", link_word(*link)));
}

Frames parameter(const Message& request, const Node& node) {
  std::string_view name = request.get("pname");
  if (name.empty()) return {bad_request(request, kInvalid)};
  Message reply = reply_to(request);
  if (auto value = node.parameter(name == "crm" ? "pacemaker" : name)) reply.set("pvalue", *value);
  return ok(std::move(reply));
}

Frames resources(const Message& request, const Node& node) {
  return ok(reply_to(request).set("rsc_hold", node.rsc_status()));
}

bool known(const cluster::Uuid& uuid) {
  return uuid != cluster::Uuid{};
}

std::string_view bytes_of(const cluster::Uuid& uuid) {
  return {reinterpret_cast<const char*>(uuid.data()), uuid.size()};
}

Frames uuid_of(const Message& request, const Node& node) {
  if (!request.has("queryname")) return {bad_request(request, kNoQueryName)};
  Message reply = reply_to(request);
  auto member = find_node(node, request.get("queryname"));
  if (member && known(member->uuid))
    reply.set("queryuuid", bytes_of(member->uuid), FieldType::kBinary);
  return ok(std::move(reply));
}

Frames name_of(const Message& request, const Node& node) {
  if (!request.has("queryuuid")) return {bad_request(request, kNoQueryName)};
  Message reply = reply_to(request);
  for (const auto& member : node.cluster().nodes())
    if (known(member.uuid) && bytes_of(member.uuid) == request.get("queryuuid"))
      reply.set("queryname", member.name);
  return ok(std::move(reply));
}

struct Verb {
  std::string_view name;
  Frames (*answer)(const Message&, const Node&);
};

constexpr std::array kVerbs{
    Verb{"nodelist", node_list}, Verb{"nodestatus", node_status},
    Verb{"nodetype", node_type}, Verb{"nodeweight", node_weight},
    Verb{"nodesite", node_site}, Verb{"numnodes", number_of_nodes},
    Verb{"iflist", link_list},   Verb{"ifstatus", link_status},
    Verb{"getparm", parameter},  Verb{"getrsc", resources},
    Verb{"getuuid", uuid_of},    Verb{"getnodename", name_of},
};

}  // namespace

Message reply_to(const Message& request) {
  return std::move(Message("hbapi-resp").set("reqtype", request.get("reqtype")));
}

Message bad_request(const Message& request, std::string_view info) {
  Message reply = reply_to(request);
  reply.set("result", "badreq");
  if (!info.empty()) reply.set("info", info);
  return reply;
}

std::optional<cluster::NodeView> find_node(const Node& node, std::string_view name) {
  for (auto& member : node.cluster().nodes())
    if (!name.empty() && equal_ignoring_case(member.name, name)) return member;
  return std::nullopt;
}

std::optional<Frames> answer(const Message& request, const Node& node) {
  auto verb = std::ranges::find(kVerbs, request.get("reqtype"), &Verb::name);
  if (verb == kVerbs.end()) return std::nullopt;
  return verb->answer(request, node);
}

}  // namespace um::clientapi
