#include "tools/resource_manager.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <regex>
#include <thread>
#include <utility>

#include "heartbeat/agent.hpp"
#include "tools/run_and_wait.hpp"
#include "tools/script_log.hpp"

namespace um::tools {
namespace {

using cluster::AgentAction;
using cluster::GroupWork;

std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string_view level_word(cluster::LogLevel level) {
  switch (level) {
    case cluster::LogLevel::kDebug: return "debug";
    case cluster::LogLevel::kInfo:
    case cluster::LogLevel::kNotice: return "info";
    case cluster::LogLevel::kWarn: return "WARN";
    case cluster::LogLevel::kError: return "ERROR";
    case cluster::LogLevel::kCrit: return "CRIT";
  }
  return "info";
}

/// The line as the expander prints it: words without the node, each followed by a blank.
std::string line_of(const parsers::ResourceGroup& group) {
  std::string line;
  for (const parsers::Resource& resource : group.resources) line += resource.word + " ";
  return line;
}

}  // namespace

ResourceManager::Setup ResourceManager::setup_from_environment(std::string program) {
  Setup setup;
  setup.program = std::move(program);
  setup.environment = current_environment();
  auto value = [&setup](std::string_view name) {
    auto found = setup.environment.find(name);
    return found == setup.environment.end() ? std::string() : found->second;
  };
  // HA_DIR is /etc/ha.d/ from the daemon; the slash stays, it has always been in the log.
  if (std::string directory = value("HA_DIR"); !directory.empty()) setup.paths.etc = directory;
  setup.node = lower_case(value("HA_CURHOST"));
  return setup;
}

ResourceManager::ResourceManager(Setup setup, const Machine& machine)
    : setup_(std::move(setup)), machine_(machine) {
  if (setup_.node.empty()) setup_.node = lower_case(machine_.node_name());
  const FileContent file = machine_.read_file(setup_.paths.haresources());
  parsers::Source source(setup_.paths.haresources().string(), file.text);
  resources_ = parsers::parse_haresources(source, {}).value;
}

int ResourceManager::run(const std::vector<std::string>& arguments) {
  const std::string verb = arguments.empty() ? "" : arguments[0];
  const std::string word = arguments.size() < 2 ? "" : arguments[1];
  if (verb == "listkeys" || verb == "allkeys") {
    for (const std::string& key : keys_of(verb == "listkeys" ? word : ".*"))
      std::cout << key << '\n';
    return 0;
  }
  if (verb == "ourkeys" || verb == "otherkeys") {
    print_lines_of(verb == "ourkeys");
    return 0;
  }
  if (verb == "status") return is_owned(word) ? 0 : 3;
  if (verb == "takegroup") return take_group(word);
  if (verb == "givegroup") return give_group(word);
  if (verb == "statgroup") return 0;
  if (verb == "verifyallidle") return verify_all_idle();
  return usage();
}

int ResourceManager::usage() const {
  std::cerr << "usage: " << setup_.program
            << " listkeys machine | takegroup key | givegroup key|status resource\n\n";
  return 1;
}

std::vector<std::string> ResourceManager::keys_of(const std::string& node_pattern) const {
  std::vector<std::string> keys;
  try {
    const std::regex node(node_pattern, std::regex::extended | std::regex::icase);
    for (const parsers::ResourceGroup& group : resources_.groups)
      if (std::regex_match(group.node, node)) keys.emplace_back(group.key());
  } catch (const std::regex_error&) {
    // As grep: a pattern that is none matches nothing.
  }
  return keys;
}

void ResourceManager::print_lines_of(bool ours) const {
  for (const parsers::ResourceGroup& group : resources_.groups)
    if ((group.node == setup_.node) == ours) std::cout << line_of(group) << '\n';
}

int ResourceManager::verify_all_idle() {
  int active = 0;
  auto say = [this](const std::string& text) {
    log(text);
    std::cerr << text << '\n';
  };
  for (const parsers::ResourceGroup& group : resources_.groups) {
    if (!is_owned(std::string(group.key()))) continue;
    ++active;
    say("CRITICAL: Resource " + std::string(group.key()) + " is active, and should not be!");
    say("CRITICAL: Non-idle resources can affect data integrity!");
    say("info: If you don't know what this means, then get help!");
    log("info: Read the docs and/or source to " + setup_.program + " for more details.");
    std::cerr << "info: Read the docs and/or the source to " << setup_.program
              << " for more details.\n";
  }
  if (active != 0) {
    log("CRITICAL: Non-idle resources will affect resource takeback!");
    log("CRITICAL: Non-idle resources may affect data integrity!");
  }
  return active;
}

bool ResourceManager::is_owned(const std::string& word) {
  const parsers::Resource resource = parsers::resource_from_word(word);
  const std::string script = script_of(resource.agent);
  if (script.empty()) {
    log("ERROR: Cannot locate resource script " + resource.agent);
    return false;
  }
  return parsers::owned_by_status_output(call(script, resource, AgentAction::kStatus).output);
}

int ResourceManager::take_group(const std::string& key) {
  work(GroupWork::Verb::kTake, key);
  return 0;
}

int ResourceManager::give_group(const std::string& key) {
  return work(GroupWork::Verb::kGive, key);
}

int ResourceManager::work(GroupWork::Verb verb, const std::string& key) {
  const parsers::ResourceGroup* group = key.empty() ? nullptr : resources_.find(key);
  if (!group) return 0;
  GroupWork::Options options;
  if (auto tries = setup_.environment.find("HA_STOPRETRYMAX"); tries != setup_.environment.end())
    options.stop_retries = std::atoi(tries->second.c_str());
  if (auto policy = setup_.environment.find("HA_start_failure"); policy != setup_.environment.end())
    options.start_failure_continues = policy->second == "continue";
  GroupWork dialogue(verb, *group, options,
                     [this](std::string_view agent) { return script_of(agent); });
  for (;;) {
    const GroupWork::Step step = dialogue.next();
    for (const cluster::Log& line : dialogue.take_log())
      log(std::string(level_word(line.level)) + ": " + line.text);
    if (const auto* agent = std::get_if<GroupWork::RunAgent>(&step)) {
      const Ran ran = call(agent->script, *agent->resource, agent->action);
      dialogue.finished(ran.exit_status, ran.output);
    } else if (const auto* wait = std::get_if<GroupWork::Pause>(&step)) {
      pause(wait->length);
    } else if (std::holds_alternative<GroupWork::Reboot>(step)) {
      reboot();
    } else {
      return std::get<GroupWork::Done>(step).exit_status;
    }
  }
}

Ran ResourceManager::call(const std::string& script, const parsers::Resource& resource,
                          AgentAction action) {
  const Environment scripts = heartbeat::agent_environment(setup_.environment, setup_.paths);
  std::vector<std::string> arguments =
      parsers::expand_arguments(machine_, resource, setup_.paths.root_cores());
  Command command = heartbeat::agent_command(script, std::move(arguments),
                                             std::string(to_string(action)), scripts, setup_.paths);
  return run_agent(command, action);
}

std::string ResourceManager::script_of(std::string_view agent) const {
  const std::string first = setup_.paths.resource_scripts(), second = setup_.paths.init_scripts;
  const std::array<std::string_view, 2> directories = {first, second};
  const auto found = parsers::find_agent(machine_, agent, directories);
  return found ? found->string() : std::string();
}

// ---- the doors ----------------------------------------------------------------------------------

Ran ResourceManager::run_agent(const Command& command, AgentAction action) {
  auto debuglog = setup_.environment.find("HA_DEBUGLOG");
  const std::string rest = debuglog == setup_.environment.end() || debuglog->second.empty()
                               ? "/dev/null"
                               : debuglog->second;
  return run_and_wait(command, action == AgentAction::kStatus, rest);
}

void ResourceManager::log(const std::string& text) {
  ScriptLog("ResourceManager", "default").write(text);
}

void ResourceManager::pause(Duration length) {
  std::this_thread::sleep_for(length);
}

void ResourceManager::reboot() {
  for (const char* name : {"heartbeat", "ipfail", "ccm"}) kill_all_named(name);
  auto run = [](std::vector<std::string> argv) {
    Command command;
    command.argv = std::move(argv);
    command.environment = current_environment();
    return run_and_wait(command, false, "/dev/null").exit_status;
  };
  if (run({"/sbin/reboot", "-nf"}) != 0 && run({"/sbin/init", "6"}) != 0)
    log("CRIT: Unable to force reboot.");
}

}  // namespace um::tools
