#include "parsers/common_pattern.hpp"

#include <gtest/gtest.h>

namespace um::parsers {
namespace {

TEST(Pattern, IsSearchedAnywhereWithoutAnchors) {
  EXPECT_TRUE(Pattern("Test Page").found_in("<html>Test Page</html>"));
  EXPECT_FALSE(Pattern("test page").found_in("<html>Test Page</html>"));
  EXPECT_TRUE(Pattern("(?i)test page").found_in("<html>Test Page</html>"));
}

TEST(Pattern, AnchorsMeanTheWholeTextAsInPerl) {
  EXPECT_TRUE(Pattern("^line2$").found_in("line2"));
  EXPECT_TRUE(Pattern("^line2$").found_in("line2\n"));
  EXPECT_FALSE(Pattern("^line2$").found_in("line1\nline2\n"));
  EXPECT_FALSE(Pattern("a.b").found_in("a\nb"));
}

TEST(Pattern, SaysWhereItCannotBeCompiled) {
  const Pattern broken("a(b");
  ASSERT_TRUE(broken.error());
  EXPECT_EQ(broken.error()->why, "missing closing parenthesis");
  EXPECT_EQ(broken.error()->at, 3U);
  EXPECT_FALSE(broken.found_in("a(b"));
}

TEST(Pattern, UnknownEscapesStandForThemselvesAsInPerl) {
  EXPECT_TRUE(Pattern("a\\ib").found_in("aib"));
  EXPECT_FALSE(pattern_error("\\<title\\>\\:\\y"));
}

TEST(Pattern, EmptyOneIsFoundInEverything) {
  EXPECT_TRUE(Pattern("").found_in(""));
  EXPECT_TRUE(Pattern("").found_in("text"));
}

TEST(Pattern, EndlessBacktrackingGivesUpAsNoMatch) {
  EXPECT_FALSE(Pattern("^(a+)+$").found_in("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"));
}

}  // namespace
}  // namespace um::parsers
