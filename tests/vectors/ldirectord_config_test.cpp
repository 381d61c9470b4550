// Every recorded run of ldirectord 4.12 over a configuration file: accepted or refused, exit code,
// literal lines on standard error, every value. What differs stands in DIFFERENCES.md.
#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "parsers/ldirectord_cf_json.hpp"
#include "tests/vectors/support/differences.hpp"
#include "tests/vectors/support/ldirectord_bed.hpp"

namespace um::test {
namespace {

using nlohmann::json;

std::vector<std::string> ldirectord_vector_names() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(kLdirectordVectors) + "cf"))
    names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

void compare(const json& recorded, const json& ours, const std::string& where, std::string& out) {
  if (recorded.is_object() && ours.is_object()) {
    for (const auto& [key, value] : recorded.items())
      compare(value, ours.contains(key) ? ours[key] : json("(absent)"), where + "/" + key, out);
  } else if (recorded.is_array() && ours.is_array() && recorded.size() == ours.size()) {
    for (std::size_t i = 0; i < recorded.size(); ++i)
      compare(recorded[i], ours[i], fmt::format("{}/{}", where, i), out);
  } else if (recorded != ours) {
    out += fmt::format("  {}: recorded {}, ours {}\n", where, recorded.dump(), ours.dump());
  }
}

/// What differs between the recorded outcome and ours, a line each; empty when nothing does.
std::string outcome_difference(const std::string& recorded_json,
                               const parsers::Parsed<parsers::LdirectordConfig>& ours) {
  const json recorded = json::parse(recorded_json);
  json own = {{"ok", ours.ok()},
              {"exit_code", ours.ok() ? 0 : 2},
              {"stderr", parsers::legacy_lines(ours.diagnostics, "PID")}};
  if (ours.ok()) own.update(json::parse(parsers::dump_json(ours.value)));
  std::string out;
  compare(recorded, own, "", out);
  return out;
}

TEST(LdirectordVectors, AreByteIdenticalToTheRecording) {
  EXPECT_EQ(check_manifest("tests/vectors/ldirectord-config.sha256"), "");
}

TEST(LdirectordVectors, HaveTheirRecordedOutcomeOrAListedDifference) {
  const std::vector<std::string> names = ldirectord_vector_names();
  std::map<std::string, std::string> differences;
  for (const std::string& name : names) {
    const std::string folder(kLdirectordVectors);
    const auto ours = parse_as_recorded(file_text(folder + "cf/" + name + ".cf"));
    std::string difference =
        outcome_difference(file_text(folder + "expect-4.12/" + name + ".json"), ours);
    if (!difference.empty()) differences[name] = std::move(difference);
  }
  fmt::print("{} files, {} as recorded, {} differences\n", names.size(),
             names.size() - differences.size(), differences.size());
  EXPECT_EQ(names.size(), 1161u);
  EXPECT_EQ(compare_with_allowed("ldirectord-config", differences, names.size()), "");
}

}  // namespace
}  // namespace um::test
