#include "heartbeat/agent.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace um::heartbeat {
namespace {

using parsers::Resource;
using parsers::ResourceGroup;

constexpr std::string_view kStatus = "status";

/// First words of lines are node names; which are configured does not matter here: the start-up
/// check has seen to it.
std::vector<std::string> any_node(const parsers::Source& source) {
  std::vector<std::string> nodes;
  for (std::size_t line = 1; line <= source.line_count(); ++line) {
    const std::string_view text = source.line(line);
    const std::size_t begin = text.find_first_not_of(" \t\r\f");
    if (begin == std::string_view::npos) continue;
    std::string word(text.substr(begin, text.find_first_of(" \t\r\f", begin) - begin));
    for (char& c : word)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    nodes.push_back(std::move(word));
  }
  return nodes;
}

}  // namespace

PreparedGroup prepare(const Machine& machine, ResourceGroup group, const Paths& paths) {
  PreparedGroup out;
  const std::string first = paths.resource_scripts(), second = paths.init_scripts;
  const std::array<std::string_view, 2> directories = {first, second};
  for (const Resource& resource : group.resources) {
    if (const auto script = parsers::find_agent(machine, resource.agent, directories))
      out.scripts[resource.agent] = script->string();
    out.arguments[resource.word] = parsers::expand_arguments(machine, resource, paths.root_cores());
  }
  out.group = std::move(group);
  return out;
}

std::optional<ResourceGroup> find_group(const Machine& machine, const Paths& paths,
                                        const std::string& key) {
  const FileContent file = machine.read_file(paths.haresources());
  if (file.error != 0) return std::nullopt;
  const parsers::Source source(paths.haresources().string(), file.text);
  const auto parsed = parsers::parse_haresources(source, any_node(source));
  const ResourceGroup* const found = parsed.value.find(key);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

Environment agent_environment(Environment scripts, const Paths& paths) {
  scripts.erase("LC_ALL");
  scripts.erase("LANGUAGE");
  scripts["HA_BIN"] = paths.programs;
  scripts["HA_NOARCHBIN"] = paths.scripts;
  scripts["HA_RCDIR"] = paths.rc_scripts();
  scripts["HA_RESOURCEDIR"] = paths.resource_scripts();
  scripts["HA_FIFO"] = paths.fifo();
  const std::string path = scripts.contains("PATH") ? scripts["PATH"] : "/usr/bin:/bin";
  scripts["PATH"] = fmt::format("{}:/sbin:/usr/sbin:{}:{}", paths.programs.string(),
                                paths.scripts.string(), path);
  return scripts;
}

Command agent_command(const std::string& script, std::vector<std::string> arguments,
                      std::string action, const Environment& environment, const Paths& paths) {
  Command command;
  command.argv = {script};
  for (std::string& argument : arguments) command.argv.push_back(std::move(argument));
  if (action == kStatus) command.errors = OutputTo::kNull;
  command.argv.push_back(std::move(action));
  command.environment = environment;
  std::error_code error;
  command.directory =
      std::filesystem::is_directory(paths.root_cores(), error) ? paths.root_cores().string() : "/";
  return command;
}

}  // namespace um::heartbeat
