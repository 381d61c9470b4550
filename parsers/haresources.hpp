// haresources.hpp - which node should hold which resources: text -> groups.
//
// The old program had two readers that disagree in corner cases (spec heartbeat-resources 2), and
// both are here: the start-up check, which decides whether heartbeat starts at all and looks at
// node names only, and the expander, which decides what a group is and which script gets which
// arguments. parse_haresources() runs both over one text. Pure; whether scripts exist and what a
// pattern in an argument matches is asked of um::Machine by the functions that take one.
//
// Differs from the old expander by decisions R12 (a key is compared literally, the first line
// wins), R13 (CR at the line end is dropped) and R14 (no shell).
#pragma once
#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/diagnostics.hpp"
#include "parsers/source.hpp"

namespace um {
class Machine;
}

namespace um::parsers {

/// One resource of a group: `10.0.0.1/24/eth0`, `ldirectord::ldirectord.cf`, `IPaddr2::10.0.0.1`.
struct Resource {
  std::string word;                    // verbatim, what the log names
  std::string agent;                   // script name
  std::vector<std::string> arguments;  // before file name patterns are expanded
  Span where;
};

/// One logical line. Started left to right, stopped right to left.
struct ResourceGroup {
  std::string node;  // lower case
  std::vector<Resource> resources;
  Span where;  // the node name

  /// The first resource word: the group's name on the wire and in the log.
  std::string_view key() const {
    return resources.empty() ? std::string_view{} : resources.front().word;
  }
  /// "NODE r1 r2", as in `Acquiring resource group: ...`.
  std::string text() const;
};

struct Haresources {
  std::vector<ResourceGroup> groups;  // in file order; lines without any resource are not groups

  /// The first group with that key (decision R12); nullptr when there is none.
  const ResourceGroup* find(std::string_view key) const;
};

/// `nodes`: the configured node names, lower case; none: names are not checked. The diagnostics are
/// those of the start-up check (errors) and of the expander (warnings).
Parsed<Haresources> parse_haresources(const Source& source, std::span<const std::string> nodes);

/// Splits one word as the expander does (spec 2.3).
Resource resource_from_word(std::string_view word);

/// Whether a script's answer to `status` says that it runs (spec 3): words only, never the exit
/// code.
bool owned_by_status_output(std::string_view output);

/// Where scripts are looked for, in this order.
inline constexpr std::array<std::string_view, 2> kAgentDirectories{"/etc/ha.d/resource.d",
                                                                   "/etc/init.d"};

/// The script that runs for `agent`: the first that is a regular file and executable. Nothing when
/// there is none.
std::optional<std::filesystem::path> find_agent(
    const Machine& machine, std::string_view agent,
    std::span<const std::string_view> directories = kAgentDirectories);

/// Whether an argument is a file name pattern (decision R14).
bool is_pattern(std::string_view argument);

/// The arguments as the script gets them: file name patterns expanded in the machine's `directory`.
std::vector<std::string> expand_arguments(const Machine& machine, const Resource& resource,
                                          const std::filesystem::path& directory);

}  // namespace um::parsers
