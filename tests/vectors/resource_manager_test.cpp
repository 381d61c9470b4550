// ResourceManager against the recordings of 3.0.6: every sample of haresources (keys, lines, calls
// and log of each group, with HA_STOPRETRYMAX=1) and every answer of a script to `status`.
#include "tools/resource_manager.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/parsers/ha_cf_fake_machine.hpp"
#include "tests/vectors/support/differences.hpp"

namespace um::tools {
namespace {

using nlohmann::json;
using Lines = std::vector<std::string>;
using cluster::AgentAction;

json load(const std::string& name) {
  std::ifstream file("tests/vectors/haresources/" + name);
  return json::parse(file);
}

/// The manager with scripts that answer from memory and time that does not pass.
class RecordedManager : public ResourceManager {
 public:
  using ResourceManager::ResourceManager;

  std::string status_output = "stopped\n";
  int exit_status = 0;
  Lines calls, lines;

 protected:
  Ran run_agent(const Command& command, AgentAction action) override {
    std::string call = command.argv[0];
    for (auto [from, to] : {std::pair{"/etc/ha.d/resource.d/", "RD/"}, {"/etc/init.d/", "ID/"}})
      if (call.starts_with(from)) call.replace(0, std::string(from).size(), to);
    for (std::size_t i = 1; i < command.argv.size(); ++i) call += " [" + command.argv[i] + "]";
    calls.push_back(call);
    return {exit_status, action == AgentAction::kStatus ? status_output : ""};
  }
  void log(const std::string& text) override { lines.push_back(text); }
  void pause(Duration) override {}
  void reboot() override { lines.emplace_back("reboot"); }
};

/// What the recording machine had: every script that any sample's calls show.
void install_scripts(test::FakeMachine& machine, const json& samples) {
  for (const json& sample : samples)
    for (const json& group : sample.value("groups", json::array()))
      for (const char* which : {"takegroup_calls", "givegroup_calls"})
        for (std::string call : group.at(which)) {
          std::string file = call.substr(3, call.find(' ') - 3);
          machine.executable((call.starts_with("RD/") ? "/etc/ha.d/resource.d/" : "/etc/init.d/") +
                             file);
        }
  machine.matches["/etc/ha.d/auth*"] = {"/etc/ha.d/authkeys"};
}

ResourceManager::Setup setup_on_nodea() {
  ResourceManager::Setup setup;
  setup.node = "nodea";
  setup.environment = {{"HA_STOPRETRYMAX", "1"}};
  return setup;
}

Lines printed(ResourceManager& manager, const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::streambuf* terminal = std::cout.rdbuf(out.rdbuf());
  manager.run(arguments);
  std::cout.rdbuf(terminal);
  Lines lines;
  std::istringstream text(out.str());
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::string show(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n    " + line;
  return text;
}

std::string difference(const std::string& what, const Lines& ours, const json& theirs) {
  Lines expected = theirs.get<Lines>();
  return ours == expected ? "" : what + ":" + show(ours) + "\n  instead of" + show(expected) + "\n";
}

std::string check_group(const test::FakeMachine& machine, const json& group) {
  std::string found;
  std::string key = group.at("key");
  for (std::string verb : {"takegroup", "givegroup"}) {
    RecordedManager manager(setup_on_nodea(), machine);
    manager.run({verb, key});
    found += difference(verb + " " + key + " calls", manager.calls, group.at(verb + "_calls"));
    found += difference(verb + " " + key + " log", manager.lines, group.at(verb + "_log"));
  }
  return found;
}

std::string check_sample(test::FakeMachine& machine, const json& sample) {
  machine.files.clear();
  if (!sample.at("file").is_null())
    machine.write("/etc/ha.d/haresources", sample.at("file").get<std::string>());
  std::string found;
  for (const Lines& arguments : {Lines{"listkeys", "nodea"}, Lines{"listkeys", "nodeb"},
                                 Lines{"allkeys"}, Lines{"ourkeys"}, Lines{"otherkeys"}}) {
    RecordedManager manager(setup_on_nodea(), machine);
    std::string name = arguments[0] + (arguments.size() > 1 ? " " + arguments[1] : "");
    if (sample.contains(name))
      found += difference(name, printed(manager, arguments), sample.at(name));
  }
  for (const json& group : sample.value("groups", json::array()))
    found += check_group(machine, group);
  return found;
}

TEST(ResourceManagerVectors, EverySampleOfHaresourcesExpandsAsRecorded) {
  const json samples = load("expansion.json");
  test::FakeMachine machine;
  install_scripts(machine, samples);
  std::map<std::string, std::string> found;
  for (const json& sample : samples)
    if (std::string text = check_sample(machine, sample); !text.empty())
      found[sample.at("name")] = text;
  ASSERT_EQ(samples.size(), 58u);
  EXPECT_EQ(test::compare_with_allowed("resource-manager", found, samples.size()), "");
}

TEST(ResourceManagerVectors, EveryAnswerToStatusMeansWhatItMeant) {
  const json rows = load("status-interpretation.json");
  test::FakeMachine machine;
  machine.executable("/etc/ha.d/resource.d/A");
  for (const json& row : rows) {
    RecordedManager manager(setup_on_nodea(), machine);
    manager.status_output = row.at("agent_output");
    manager.exit_status = row.at("agent_exit");
    EXPECT_EQ(manager.run({"status", "A"}), row.at("status_exit").get<int>())
        << row.at("agent_output");
  }
  EXPECT_EQ(rows.size(), 33u);
}

}  // namespace
}  // namespace um::tools
