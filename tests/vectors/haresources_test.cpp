// The recorded readings of haresources by 3.0.6: does heartbeat start, what are the groups, which
// script gets which arguments, and what a script's answer to `status` means.
#include "parsers/haresources.hpp"

#include <fstream>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "parsers/ha_start.hpp"
#include "tests/unit/parsers/ha_cf_fake_machine.hpp"
#include "tests/vectors/support/differences.hpp"

namespace um::parsers {
namespace {

using Json = nlohmann::json;
using Lines = std::vector<std::string>;

Json load(const std::string& name) {
  std::ifstream in("tests/vectors/haresources/" + name);
  return Json::parse(in);
}

/// The recording machine: stub agents A to E and IPaddr, an init script, one that cannot run.
test::FakeMachine bed() {
  test::FakeMachine machine;
  machine.name = "nodea";
  machine.interfaces["eth0"] = {true, true, 1};
  machine.users = {{"root", {0, 0}}, {"hacluster", {101, 102}}};
  machine.groups = {{"haclient", 102}};
  for (const char* agent : {"A", "B", "C", "D", "E", "IPaddr", "IPaddr2", "IPv6addr", "ldirectord",
                            "LVSSyncDaemonSwap", "MailTo", "both", "sub/A", "../resource.d/A"})
    machine.executable(std::string("/etc/ha.d/resource.d/") + agent);
  machine.states["/etc/ha.d/resource.d/nox"] = {FileKind::kRegular, false};
  machine.executable("/etc/init.d/svc");
  machine.executable("/etc/init.d/both");
  machine.matches["/etc/ha.d/auth*"] = {"/etc/ha.d/authkeys"};
  machine.write("/etc/ha.d/ha.cf",
                "logfile /var/log/ha-log\nbcast eth0\nauto_failback on\nnode nodea nodeb\n", 0644);
  machine.write("/etc/ha.d/authkeys", "auth 1\n1 sha1 secretkey\n");
  return machine;
}

/// One agent call as recorded: `RD/A [x] [start]`.
std::string call(const std::string& path, const Lines& arguments, std::string_view action) {
  std::string out =
      path.starts_with("/etc/init.d/") ? "ID/" + path.substr(12) : "RD/" + path.substr(21);
  for (const std::string& argument : arguments) out += fmt::format(" [{}]", argument);
  return out + fmt::format(" [{}]", action);
}

struct GroupRun {
  Lines take, give;
};

/// What taking and giving the group calls when every script says that it is stopped and succeeds: a
/// missing script ends the taking, and all that can be stopped is stopped.
GroupRun run_group(const test::FakeMachine& machine, const ResourceGroup& group) {
  GroupRun run;
  bool failed = false;
  for (const Resource& resource : group.resources) {
    const auto agent = find_agent(machine, resource.agent);
    failed = !agent;
    if (failed) break;
    const Lines arguments = expand_arguments(machine, resource, "/");
    run.take.push_back(call(*agent, arguments, "status"));
    run.take.push_back(call(*agent, arguments, "start"));
  }
  for (auto it = group.resources.rbegin(); it != group.resources.rend(); ++it)
    if (const auto agent = find_agent(machine, it->agent))
      run.give.push_back(call(*agent, expand_arguments(machine, *it, "/"), "stop"));
  if (failed) run.take.insert(run.take.end(), run.give.begin(), run.give.end());
  return run;
}

Lines start_messages(const Verdict& verdict) {
  Lines out;
  for (const StartLine& line : verdict.lines)
    if (!line.ours &&
        (line.level == LogLevel::kError || line.text.find("haresources") != std::string::npos))
      out.push_back(fmt::format("heartbeat: [PID]: {}: {}", word_of(line.level), line.text));
  return out;
}

/// The lists of the recording hold an empty key for a node without resources; ours have no group.
Lines keys_of(const Json& list) {
  Lines out;
  for (const std::string key : list)
    if (!key.empty() && key != " ") out.push_back(key);
  return out;
}

class Comparison {
 public:
  explicit Comparison(const Json& sample) : sample_(sample), machine_(bed()) {
    if (sample["file"].is_null())
      machine_.files.erase("/etc/ha.d/haresources");
    else
      machine_.write("/etc/ha.d/haresources", sample["file"], 0644);
    verdict_ = validate(machine_);
  }

  std::string difference() {
    expect("start_exit", Json(verdict_.exit_code).dump(), sample_["start_exit"].dump());
    expect("start_messages", lines(start_messages(verdict_)),
           lines(sample_["start_messages"].get<Lines>()));
    keys("allkeys", [](const ResourceGroup&) { return true; });
    keys("listkeys nodea", [](const ResourceGroup& g) { return g.node == "nodea"; });
    keys("listkeys nodeb", [](const ResourceGroup& g) { return g.node == "nodeb"; });
    words("ourkeys", [](const ResourceGroup& g) { return g.node == "nodea"; });
    words("otherkeys", [](const ResourceGroup& g) { return g.node != "nodea"; });
    for (const Json& group : sample_.value("groups", Json::array())) compare_group(group);
    return out_;
  }

 private:
  static std::string lines(const Lines& list) { return fmt::format("{}", fmt::join(list, "\n")); }

  void expect(std::string_view what, const std::string& ours, const std::string& recorded) {
    if (ours != recorded)
      out_ += fmt::format("{}\n--- recorded\n{}\n--- ours\n{}\n", what, recorded, ours);
  }

  template <class Wanted>
  void keys(const std::string& list, Wanted wanted) {
    Lines ours;
    for (const ResourceGroup& group : verdict_.resources.groups)
      if (wanted(group)) ours.emplace_back(group.key());
    expect(list, lines(ours), lines(keys_of(sample_[list])));
  }

  template <class Wanted>
  void words(const std::string& list, Wanted wanted) {
    Lines ours;
    for (const ResourceGroup& group : verdict_.resources.groups)
      if (wanted(group)) ours.push_back(group.text().substr(group.node.size() + 1) + " ");
    expect(list, lines(ours), lines(keys_of(sample_[list])));
  }

  void compare_group(const Json& recorded) {
    const std::string key = recorded["key"];
    const ResourceGroup* group = verdict_.resources.find(key);
    const GroupRun run = group != nullptr ? run_group(machine_, *group) : GroupRun{};
    expect(key + " takegroup", lines(run.take), lines(recorded["takegroup_calls"].get<Lines>()));
    expect(key + " givegroup", lines(run.give), lines(recorded["givegroup_calls"].get<Lines>()));
  }

  const Json& sample_;
  test::FakeMachine machine_;
  Verdict verdict_;
  std::string out_;
};

TEST(HaresourcesVectors, HaveTheirRecordedReadingOrAListedDifference) {
  const Json samples = load("expansion.json");
  std::map<std::string, std::string> differences;
  for (const Json& sample : samples)
    if (std::string difference = Comparison(sample).difference(); !difference.empty())
      differences[sample["name"]] = difference;
  fmt::print("{} samples, {} differences\n", samples.size(), differences.size());
  EXPECT_EQ(test::compare_with_allowed("haresources", differences, samples.size()), "");
}

TEST(HaresourcesVectors, StatusWordsMeanWhatTheyMeant) {
  const Json answers = load("status-interpretation.json");
  for (const Json& answer : answers) {
    const std::string output = answer["agent_output"];
    EXPECT_EQ(owned_by_status_output(output), answer["status_exit"] == 0) << output;
  }
  EXPECT_EQ(answers.size(), 33u);
}

}  // namespace
}  // namespace um::parsers
