#include "tools/standby_command.hpp"

#include <iostream>

#include "tools/cluster_message.hpp"
#include "tools/script_log.hpp"

namespace um::tools {

StandbyArgument standby_argument(const std::string& program, const std::vector<std::string>& args) {
  auto usage = [&program] {
    std::cout << "usage:" << std::endl;
    std::cerr << program << " [all|foreign|local|failback]\n";
    return StandbyArgument{};
  };
  if (args.size() > 1) {
    std::cout << program << ": too many arguments\n";
    return usage();
  }
  if (args.empty()) return {"all"};
  const std::string& word = args[0];
  if (word == "all" || word == "foreign" || word == "local" || word == "failback") return {word};
  if (word != "--help") std::cout << program << ": wrong resources(" << word << ").\n";
  return usage();
}

int hb_standby(const std::string& program, const std::vector<std::string>& args) {
  auto [set] = standby_argument(program, args);
  if (!set) return 1;
  // To give groups back is to give those of the other node.
  if (*set == "failback") *set = "foreign";
  ScriptLog("hb_standby", "default").write("Going standby [" + *set + "].");
  return send_to_cluster({{"t", "ask_resources"}, {"rsc_hold", *set}, {"info", "me"}});
}

int hb_takeover(const std::string& program, const std::vector<std::string>& args) {
  auto [set] = standby_argument(program, args);
  if (!set) return 1;
  // What the other node would give back to us is ours; 3.0.6 took everything (decision R17).
  if (*set == "failback") *set = "local";
  return send_to_cluster({{"t", "hb_takeover"}, {"rsc_hold", *set}});
}

}  // namespace um::tools
