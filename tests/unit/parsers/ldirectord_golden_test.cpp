// What the admin reads, word for word: a golden file per directive and kind of mistake. Each shows
// the wrong lines, what is said about them, and below it the line of ldirectord 4.12.
#include <gtest/gtest.h>

#include "parsers/ldirectord_cf_directives.hpp"
#include "tests/unit/parsers/ha_cf_golden.hpp"
#include "tests/vectors/support/ldirectord_bed.hpp"

namespace um::parsers {
namespace {

std::string say(const std::string& input) {
  const Source source("ldirectord.cf", input);
  const auto parsed = test::parse_as_recorded(input);
  std::string out;
  for (const Diagnostic& d : parsed.diagnostics) out += format(d, source);
  return out + legacy_lines(parsed.diagnostics, "PID");
}

TEST(LdirectordGolden, SaysWhatIsWrongWithEachDirective) {
  for (const auto& file : test::golden_files("ldirectord_cf"))
    EXPECT_EQ(test::check_golden(file, say), "") << file;
}

TEST(LdirectordGolden, EveryDirectiveHasAGoldenFile) {
  for (const auto table : {ldirectord_cf::global_directives(), ldirectord_cf::section_directives()})
    for (const auto& directive : table)
      EXPECT_TRUE(std::filesystem::exists("tests/vectors/golden/ldirectord_cf/" +
                                          std::string(directive.name) + ".txt"))
          << directive.name;
}

}  // namespace
}  // namespace um::parsers
