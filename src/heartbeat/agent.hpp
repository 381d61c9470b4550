// agent.hpp - one call of a resource script: which file, which arguments, how long at most.
//
// Looking for the script and expanding file name patterns reads directories, which may block: the
// script runner does it on a helper thread, before the first call (PreparedGroup).
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/machine.hpp"
#include "base/process.hpp"
#include "heartbeat/paths.hpp"
#include "parsers/haresources.hpp"

namespace um::heartbeat {

/// A group with everything that had to be asked of the file system.
struct PreparedGroup {
  parsers::ResourceGroup group;
  std::map<std::string, std::string, std::less<>> scripts;  // by agent; missing ones are not in it
  std::map<std::string, std::vector<std::string>, std::less<>> arguments;  // by resource word
};

PreparedGroup prepare(const Machine& machine, parsers::ResourceGroup group, const Paths& paths);

/// The group named `key` as haresources says now, edits without a reload included (decision R25);
/// nothing when there is none.
std::optional<parsers::ResourceGroup> find_group(const Machine& machine, const Paths& paths,
                                                 const std::string& key);

/// What resource scripts get beyond script_environment(): the names that shellfuncs sets.
Environment agent_environment(Environment scripts, const Paths& paths);

/// The call itself. What `status` says on stderr is nobody's answer: ownership is read from stdout
/// alone, where a running ldirectord says nothing (decision L6).
Command agent_command(const std::string& script, std::vector<std::string> arguments,
                      std::string action, const Environment& environment, const Paths& paths);

}  // namespace um::heartbeat
