// arguments.hpp - the command line of ldirectord, read as 4.12 reads it (spec ldirectord-config
// 10).
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace um::ldirectord {

struct Arguments {
  enum class Ask : std::uint8_t { kVerb, kUsage, kHelp, kVersion };
  Ask ask = Ask::kVerb;
  bool debug = false;
  bool dry_run = false;
  std::optional<std::string> config;  // nothing: ldirectord.cf, instance `ldirectord`
  std::string verb;
  std::string form;                // of status: "", "verbose", "json", "prometheus"
  std::string real, virtual_name;  // of drain, disable, enable, probe
  std::string unknown_option;
};

Arguments read_arguments(const std::vector<std::string>& words);

/// What goes to standard output for a wrong command line, and for -h.
std::string usage_text();
/// For -v: the legacy first line, then ours.
std::string version_text();

}  // namespace um::ldirectord
