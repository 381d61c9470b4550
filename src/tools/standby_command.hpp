// standby_command.hpp - what hb_standby and hb_takeover have in common (spec heartbeat-resources
// 5).
//
//   hb_standby  [all|foreign|local|failback]   this node gives up groups
//   hb_takeover [all|foreign|local|failback]   this node gets groups from the other one
//
// Both only ask: they end with 0 at once, whatever comes of it (decision R21).
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace um::tools {

struct StandbyArgument {
  std::optional<std::string> set;  // nothing: usage was printed, exit 1
};

/// Prints the literal complaints of 3.0.6 (first part on stdout, usage on stderr).
StandbyArgument standby_argument(const std::string& program, const std::vector<std::string>& args);

int hb_standby(const std::string& program, const std::vector<std::string>& args);
int hb_takeover(const std::string& program, const std::vector<std::string>& args);

}  // namespace um::tools
