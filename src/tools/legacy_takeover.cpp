#include "tools/legacy_takeover.hpp"

#include <cstdlib>
#include <string_view>

#include "tools/cluster_message.hpp"
#include "tools/script_log.hpp"

namespace um::tools {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

int req_resource(ResourceManager& manager, const std::string& node, const std::string& key) {
  if (manager.is_owned(key)) return 0;
  if (variable("HA_DONTASK") == "yes" || variable("HA_NICEFAILBACK") == "yes")
    return send_to_cluster({{"t", "ip-request-resp"},
                            {"dest", node},
                            {"ipaddr", key},
                            {"weown", "yes"},
                            {"ok", "OK"}});
  return send_to_cluster({{"t", "ip-request"}, {"ipaddr", key}});
}

int mach_down(ResourceManager& manager, const std::string& program, const std::string& self,
              std::string node) {
  for (char& c : node)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (node == self || variable("HA_info").find("ping") != std::string_view::npos) return 0;
  const ScriptLog log("mach_down", "default");
  for (const parsers::ResourceGroup& group : manager.resources().groups) {
    if (group.node != node) continue;
    const std::string key(group.key());
    log.write("info: Taking over resource group " + key);
    manager.take_group(key);
  }
  if (variable("HA_NICEFAILBACK") == "yes") {
    log.write("info: " + program + ": nice_failback: foreign resources acquired");
    send_to_cluster({{"t", "resource"}, {"rsc_hold", "foreign"}, {"info", "mach_down"}});
  }
  log.write("info: mach_down takeover complete for node " + node + ".");
  return 0;
}

}  // namespace um::tools
