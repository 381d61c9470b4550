// Replays the recorded runs of ldirectord 4.12 (tests/vectors/ldirectord-runtime/state) against the
// director in virtual time: the real parser, roster, policy, plan and alert rules over a table in
// memory; only the answers of the real servers are scripted, by what the recording says they did.
//
// Compared, as spec ldirectord-runtime 15 binds it: the table after every step; operations (in any
// order that the plan's safety needs) and log lines of every step that is neither a start nor a
// reload. What differs must be listed in DIFFERENCES.md, and what is listed must differ.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/vectors/support/differences.hpp"
#include "tests/vectors/support/runtime_player.hpp"

namespace um::ldirectord {
namespace {

using nlohmann::json;

const std::filesystem::path kVectors = "tests/vectors/ldirectord-runtime/state";

std::vector<std::filesystem::path> scenarios() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kVectors))
    files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> sorted(std::vector<std::string> lines) {
  std::ranges::sort(lines);
  return lines;
}

std::vector<std::string> canonical_ops(const json& recorded) {
  std::vector<std::string> lines;
  for (const std::string line : recorded) lines.push_back(canonical(line));
  return sorted(lines);
}

bool is_start_or_reload(const json& step) {
  for (const json& action : step["do"]) {
    const std::string verb = action[0];
    if (verb == "start" || verb == "fg" || verb == "config") return true;
    if (verb == "kill" && action[1] == "SIGHUP") return true;
    if (verb == "cmd" && action[1] != "stop" && action[1] != "status") return true;
  }
  return false;
}

// "{sub.cf}10.0.0.80:80" for a line about that virtual service, "~" for one about all.
std::string subject(const std::string& line) {
  static const std::regex kDirector(R"(^\{\S+\})");
  static const std::regex kAbout(R"((?:\((?:[a-z0-9]+:)?|virtual server[^:]*: )([0-9\[][^ )]*))");
  std::smatch director, about;
  std::regex_search(line, director, kDirector);
  return director.str() + (std::regex_search(line, about, kAbout) ? about[1].str() : "~");
}

// The lines of the director: not those of the command line or of the children of fork=yes (we are
// one process, decision L24), nor reminders, whose number depends on the seconds that the recording
// took. The order between virtual services was that of one serial pass, so it does not count.
std::vector<std::string> director_lines(const std::vector<std::string>& lines) {
  static const std::regex kOther(
      R"((\{\S+\} )?(Invoking ldirectord|Starting Linux Director|Exiting |ldirectord .*is (stopped|running)|ldirectord stale|system_timeout|failed to send|emailalert: Inaccessible|Child not running|Spawned child|Killing child).*)");
  std::vector<std::string> kept;
  for (const std::string& line : lines)
    if (!std::regex_match(line, kOther)) kept.push_back(line);
  std::ranges::stable_sort(kept, {}, subject);
  return kept;
}

std::string text(const std::vector<std::string>& lines) {
  std::string joined;
  for (const std::string& line : lines) joined += line + "\n";
  return joined;
}

// What one scenario's replay differs in: "s56-manual-changes/5/table" -> the two texts.
using Differences = std::map<std::string, std::string>;

void compare(Differences& found, const std::string& name, const std::vector<std::string>& recorded,
             const std::vector<std::string>& ours) {
  if (recorded != ours) found[name] = "recorded:\n" + text(recorded) + "ours:\n" + text(ours);
}

Differences replay(const std::filesystem::path& file) {
  std::ifstream in(file);
  const json recorded = json::parse(in);
  const std::string name = recorded["name"];
  Differences found;
  RuntimePlayer player(recorded);
  const bool logged = recorded["config"].get<std::string>().find("logfile=") == std::string::npos;
  for (std::size_t i = 0; i < recorded["steps"].size(); ++i) {
    const json& step = recorded["steps"][i];
    const PlayedStep played = player.play(step["do"]);
    const std::string at = name + "/" + std::to_string(i) + "/";
    compare(found, at + "table", canonical_ops(step["table"]), sorted(played.table));
    if (is_start_or_reload(step)) continue;
    compare(found, at + "ops", canonical_ops(step["ops"]), sorted(played.ops));
    if (logged && !player.foreground())
      compare(found, at + "log", director_lines(step["log"]), director_lines(played.log));
    if (step.contains("output") && !player.foreground())
      compare(found, at + "output", step["output"], played.output);
  }
  return found;
}

TEST(RecordedRuns, AreTheBytesThatWereRecorded) {
  EXPECT_EQ(test::check_manifest("tests/vectors/ldirectord-runtime.sha256"), "");
}

TEST(RecordedRuns, EndAsTheOldDirectorEndedThem) {
  Differences found;
  const auto files = scenarios();
  EXPECT_EQ(files.size(), 98U);
  for (const auto& file : files) found.merge(replay(file));
  EXPECT_EQ(test::compare_with_allowed("ldirectord-runtime", found, files.size()), "");
}

}  // namespace
}  // namespace um::ldirectord
