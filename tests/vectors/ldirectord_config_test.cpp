// Every recorded run of ldirectord 4.12 over a configuration file: accepted or refused, exit code,
// literal lines on standard error, every value. What differs stands in DIFFERENCES.md.
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/vectors/support/differences.hpp"
#include "tests/vectors/support/ldirectord_bed.hpp"

namespace um::test {
namespace {

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
