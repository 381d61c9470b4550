// What heartbeat prints about its configuration (spec ha-cf 8, 8.1), and the names of media.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "parsers/ha_cf_reading.hpp"

namespace um::parsers {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

constexpr std::string_view kRule = "#---------------------------------------------------\n";

/// "AutoFailback" from "auto_failback", as the wiki named its pages.
std::string wiki_name(std::string_view directive) {
  std::string name;
  bool first = true;
  for (char c : directive) {
    if (c == '_')
      first = true;
    else {
      name += first ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      first = false;
    }
  }
  return name;
}

}  // namespace

std::string_view type_of(const Medium& medium) {
  constexpr std::string_view kTypes[] = {"bcast",  "mcast", "ucast", "ucast6",    "mcast6",
                                         "serial", "ping",  "ping6", "ping_group"};
  return kTypes[medium.index()];
}

std::string_view description_of(const Medium& medium) {
  constexpr std::string_view kDescriptions[] = {
      "UDP/IP broadcast", "UDP/IP multicast", "UDP/IP unicast",
      "UDP/IP unicast",   "UDP/IP multicast", "serial ring",
      "ping membership",  "ping6 membership", "ping group membership"};
  return kDescriptions[medium.index()];
}

std::string_view name_of(const Medium& medium) {
  return std::visit(Overloaded{[](const Serial& m) -> std::string_view { return m.device; },
                               [](const Ping& m) -> std::string_view { return m.host; },
                               [](const Ping6& m) -> std::string_view { return m.host; },
                               [](const PingGroup& m) -> std::string_view { return m.name; },
                               [](const auto& m) -> std::string_view { return m.interface; }},
                    medium);
}

bool is_ping(const Medium& medium) {
  return std::holds_alternative<Ping>(medium) || std::holds_alternative<Ping6>(medium) ||
         std::holds_alternative<PingGroup>(medium);
}

std::vector<std::pair<std::string, std::string>> child_environment(const HaConfig& config,
                                                                   std::string_view own_node) {
  std::vector<std::pair<std::string, std::string>> out{
      {"HA_CURHOST", std::string(own_node)},
      {"HA_DIR", "/etc/ha.d/"},
      {"HA_FUNCS", "/etc/ha.d//shellfuncs"},
      {"HA_DATEFMT", "%Y/%m/%d_%T\t"},
      {"HA_LOGFILE", config.log.logfile},
      {"HA_DEBUGLOG", config.log.debugfile},
      {"HA_COMPRESSION", config.compression.module},
      {"OCF_ROOT", "/usr/lib/ocf"}};
  if (config.log.logfacility) out.emplace_back("HA_LOGFACILITY", *config.log.logfacility);
  for (const Parameter& p : config.parameters) out.emplace_back("HA_" + p.name, p.value);
  for (const auto& [name, value] : config.environment) out.emplace_back("HA_" + name, value);
  return out;
}

std::string listing(const HaConfig& config, std::string_view own_node) {
  std::string out = fmt::format(
      "#\n#\tLinux-HA heartbeat configuration (on {})\n#\n\n{}"
      "#\n#\tHA configuration and status\n#\n",
      own_node, kRule);
  for (const Parameter& p : config.parameters)
    out += fmt::format("{}\t{}\t#\t{}\n", p.name, p.value, find_directive(p.name)->explanation);
  out += "#\n#\tHA Cluster nodes:\n#\n";
  for (const Node& node : config.nodes)
    out += fmt::format("node {}\t#\t current status: init\n", node.name);
  out += "#\n#\tCommunications media:\n";
  for (const MediumLine& line : config.media)
    out += fmt::format("#\n# {} heartbeat channel -------------\n{} {}\n",
                       description_of(line.medium), type_of(line.medium), name_of(line.medium));
  return out + std::string(kRule);
}

std::string default_listing(bool wiki) {
  std::string out =
      wiki ? "##Put this output in the ha.cf/DefaultValues page\n"
             "The [wiki:ha.cf ha.cf] directives with default values are shown below - along with a "
             "brief description.\n"
             "This was produced by {{{heartbeat -DW}}} ''# (version 3.0.6)''\n\n"
             "||''Directive''||''Default''||''Description''||\n"
           : fmt::format("{:<24} {:<9} {}\n{:-<80}\n", "Directive", "Default", "Description", "");
  for (const Directive& d : directives()) {
    if (d.default_value.empty()) continue;
    out += wiki ? fmt::format("||[wiki:ha.cf/{}Directive {}]||{}||{}||\n", wiki_name(d.name),
                              d.name, d.default_value, d.explanation)
                : fmt::format("{:<24} {:<9} {}\n", d.name, d.default_value, d.explanation);
  }
  return out;
}

}  // namespace um::parsers
