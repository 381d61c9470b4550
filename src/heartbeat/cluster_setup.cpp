#include "heartbeat/cluster_setup.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "parsers/ha_text.hpp"

namespace um::heartbeat {
namespace {

using cluster::Milliseconds;

cluster::Failback failback(parsers::AutoFailback value) {
  switch (value) {
    case parsers::AutoFailback::kOn: return cluster::Failback::kOn;
    case parsers::AutoFailback::kOff: return cluster::Failback::kOff;
    case parsers::AutoFailback::kLegacy: return cluster::Failback::kLegacy;
  }
  return cluster::Failback::kLegacy;
}

void add_nodes(const parsers::HaConfig& ha, cluster::Config& out) {
  for (const parsers::Node& node : ha.nodes)
    if (!node.ping) out.nodes.push_back({node.name, cluster::NodeKind::kNormal});
  for (const parsers::Node& node : ha.nodes)
    if (node.ping) out.nodes.push_back({node.name, cluster::NodeKind::kPing});
}

/// What these scripts do as delivered, heartbeat does itself.
constexpr std::array<std::string_view, 5> kDoneInside = {"ask_resources", "hb_takeover",
                                                         "ip-request", "ip-request-resp", "status"};

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

cluster::Config cluster_config(const parsers::Verdict& verdict, const Identification& who,
                               std::vector<std::string> rc_scripts) {
  const parsers::HaConfig& ha = verdict.config;
  cluster::Config out;
  out.node = verdict.own_node;
  out.uuid = who.uuid;
  out.generation = who.generation;
  out.seed = who.seed;
  out.pid = who.pid;
  out.debug = static_cast<unsigned>(who.debug);
  add_nodes(ha, out);
  for (const parsers::MediumLine& line : ha.media)
    out.media.push_back(
        {std::string(parsers::name_of(line.medium)),
         parsers::is_ping(line.medium) ? parsers::lower_case(parsers::name_of(line.medium)) : ""});
  out.times = {ha.keepalive, ha.deadtime, ha.warntime,
               ha.initdead,  ha.deadping, ha.max_rexmit_delay};
  out.hopfudge = static_cast<unsigned>(ha.hopfudge);
  out.manage_resources = who.manage_resources;
  out.failback = failback(ha.auto_failback);
  out.failback_delay = ha.failback_delay;
  out.start_failure_continues = ha.start_failure == parsers::StartFailure::kContinue;
  out.stonith = ha.stonith.has_value();
  if (who.manage_resources) {
    for (const parsers::ResourceGroup& group : verdict.resources.groups) {
      cluster::ResourceGroup words{group.node, {}};
      for (const parsers::Resource& resource : group.resources)
        words.resources.push_back(resource.word);
      out.groups.push_back(std::move(words));
    }
    out.rc_scripts = std::move(rc_scripts);
  }
  out.held_at_start = who.held;
  return out;
}

std::vector<std::string> rc_scripts(const std::filesystem::path& rc_d,
                                    const std::filesystem::path& shipped) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(rc_d, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.') || !entry.is_regular_file(error)) continue;
    const std::filesystem::path ours = shipped / name;
    if (std::ranges::find(kDoneInside, name) != kDoneInside.end() &&
        std::filesystem::exists(ours, error) && content(ours) == content(entry.path()))
      continue;
    names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace um::heartbeat
