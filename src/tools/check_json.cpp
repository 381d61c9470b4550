#include "tools/check_json.hpp"

#include <nlohmann/json.hpp>

#include "parsers/ldirectord_cf_json.hpp"

namespace um::tools {
namespace {

using nlohmann::json;
using namespace parsers;  // the words of the files' types

json to_json(const Diagnostic& d, const CheckFile& file) {
  Position at{0, 0};
  if (file.source != nullptr && d.where.begin < file.source->text().size())
    at = file.source->position(d.where.begin);
  json out{{"severity", std::string(parsers::name_of(d.severity))},
           {"line", at.line},
           {"column", at.column},
           {"message", d.message}};
  if (!d.hint.empty()) out["hint"] = d.hint;
  return out;
}

struct MediumJson {
  json operator()(const Bcast& m) const { return {{"interface", m.interface}, {"port", m.port}}; }
  json operator()(const Mcast& m) const {
    return {{"interface", m.interface},
            {"group", m.group},
            {"port", m.port},
            {"ttl", m.ttl},
            {"loop", m.loop}};
  }
  json operator()(const Ucast& m) const {
    return {{"interface", m.interface}, {"host", m.host}, {"address", m.address}, {"port", m.port}};
  }
  json operator()(const Ucast6& m) const {
    return {{"interface", m.interface}, {"address", m.address}, {"port", m.port}};
  }
  json operator()(const Mcast6& m) const {
    return {{"interface", m.interface},
            {"group", m.group},
            {"port", m.port},
            {"hops", m.hops},
            {"loop", m.loop}};
  }
  json operator()(const Serial& m) const { return {{"device", m.device}, {"baud", m.baud}}; }
  json operator()(const Ping& m) const { return {{"host", m.host}, {"address", m.address}}; }
  json operator()(const Ping6& m) const { return {{"host", m.host}, {"address", m.address}}; }
  json operator()(const PingGroup& m) const {
    return {{"name", m.name}, {"hosts", m.hosts}, {"addresses", m.addresses}};
  }
};

json media_json(const HaConfig& config) {
  json out = json::array();
  for (const MediumLine& line : config.media) {
    json medium = std::visit(MediumJson{}, line.medium);
    medium["type"] = std::string(type_of(line.medium));
    out.push_back(std::move(medium));
  }
  return out;
}

json ha_cf_json(const HaConfig& config) {
  json out{{"nodes", json::array()},      {"ping_nodes", json::array()},
           {"media", media_json(config)}, {"parameters", json::object()},
           {"clients", json::array()},    {"apiauth", json::array()},
           {"env", json::object()},       {"stonith", nullptr}};
  for (const Node& node : config.nodes)
    out[node.ping ? "ping_nodes" : "nodes"].push_back(node.name);
  for (const Parameter& p : config.parameters) out["parameters"][p.name] = p.value;
  for (const ClientLine& client : config.clients)
    out["clients"].push_back({{"directive", client.failfast ? "failfast" : "respawn"},
                              {"user", client.user},
                              {"command", client.command}});
  for (const ApiAuth& rule : config.apiauth)
    out["apiauth"].push_back({{"client", rule.client}, {"uids", rule.uids}, {"gids", rule.gids}});
  for (const auto& [name, value] : config.environment) out["env"][name] = value;
  if (config.stonith)
    out["stonith"] = {{"type", config.stonith->type},
                      {"config_file", config.stonith->config_file},
                      {"parameters", config.stonith->parameters}};
  out["milliseconds"] = {{"keepalive", config.keepalive.count()},
                         {"deadtime", config.deadtime.count()},
                         {"warntime", config.warntime.count()},
                         {"initdead", config.initdead.count()},
                         {"deadping", config.deadping.count()}};
  return out;
}

json authkeys_json(const AuthKeys& keys) {
  json out{{"selected", keys.selected}, {"keys", json::object()}};
  for (int i = 0; i < AuthKeys::kSlots; ++i)
    if (const auto& key = keys.keys[static_cast<std::size_t>(i)])
      out["keys"][std::to_string(i)] = {{"method", std::string(parsers::name_of(key->method))},
                                        {"bytes", key->key.size()}};
  return out;
}

json haresources_json(const Haresources& resources) {
  json groups = json::array();
  for (const ResourceGroup& group : resources.groups) {
    json list = json::array();
    for (const Resource& r : group.resources)
      list.push_back({{"word", r.word}, {"agent", r.agent}, {"arguments", r.arguments}});
    groups.push_back(
        {{"node", group.node}, {"key", std::string(group.key())}, {"resources", list}});
  }
  return {{"groups", groups}};
}

json config_json(const CheckedConfiguration& c, const CheckFile& file) {
  if (!file.ok() || file.source == nullptr) return nullptr;
  switch (file.kind) {
    case CheckKind::kHaCf: return ha_cf_json(c.verdict.config);
    case CheckKind::kAuthkeys: return authkeys_json(c.verdict.keys);
    case CheckKind::kHaresources: return haresources_json(c.verdict.resources);
    case CheckKind::kLdirectordCf: return json::parse(dump_json(file.ldirectord));
  }
  return nullptr;
}

}  // namespace

std::string check_json(const CheckedConfiguration& configuration, bool dump) {
  json files = json::array();
  for (const CheckFile& file : configuration.files) {
    json diagnostics = json::array();
    for (const Diagnostic& d : file.diagnostics) diagnostics.push_back(to_json(d, file));
    json entry{{"path", file.path},
               {"kind", std::string(name_of(file.kind))},
               {"ok", file.ok()},
               {"diagnostics", std::move(diagnostics)}};
    if (dump) entry["config"] = config_json(configuration, file);
    files.push_back(std::move(entry));
  }
  // Bytes that are no UTF-8 become U+FFFD: a configuration may hold anything.
  return json{{"files", std::move(files)}}.dump(2, ' ', false, json::error_handler_t::replace) +
         "\n";
}

}  // namespace um::tools
