#include "heartbeat/options.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace um::heartbeat {
namespace {

Options parse(std::vector<std::string> words) {
  return parse_options(words, "heartbeat");
}

TEST(Options, NoneStartsInTheBackground) {
  const Options o = parse({});
  EXPECT_EQ(o.verb, Verb::kStart);
  EXPECT_FALSE(o.foreground);
  EXPECT_TRUE(o.manage_resources);
  EXPECT_TRUE(o.realtime);
}

TEST(Options, WordsThatAreNoOptionsAreIgnored) {
  EXPECT_EQ(parse({"start"}).verb, Verb::kStart);
  EXPECT_EQ(parse({"-s", "foo", "bar"}).verb, Verb::kStatus);
}

TEST(Options, LettersCombine) {
  const Options o = parse({"-dd", "-Mlf", "-d"});
  EXPECT_EQ(o.debug, 3);
  EXPECT_FALSE(o.manage_resources);
  EXPECT_FALSE(o.realtime);
  EXPECT_TRUE(o.foreground);
}

TEST(Options, TheStrongerVerbWins) {
  EXPECT_EQ(parse({"-sk"}).verb, Verb::kStop);
  EXPECT_EQ(parse({"-rR"}).verb, Verb::kRestarted);
  EXPECT_EQ(parse({"-ks", "-D"}).verb, Verb::kDefaults);
  EXPECT_EQ(parse({"-x", "-V"}).verb, Verb::kVersion);
}

TEST(Options, ABadLetterIsNamedAsGetoptNamesIt) {
  const Options o = parse({"--help"});
  EXPECT_EQ(o.verb, Verb::kUsage);
  EXPECT_EQ(o.complaints,
            "heartbeat: invalid option -- '-'\n"
            "heartbeat: invalid option -- 'h'\n"
            "heartbeat: invalid option -- 'e'\n"
            "heartbeat: invalid option -- 'p'\n");
}

TEST(Options, HeldResourcesGoWithOptionROnly) {
  EXPECT_EQ(parse({"-R", "-C", "all"}).held, "all");
  EXPECT_EQ(parse({"-RCall"}).held, "all");
  EXPECT_EQ(parse({"-C", "all"}).verb, Verb::kUsage);
  EXPECT_EQ(parse({"-C"}).complaints, "heartbeat: option requires an argument -- 'C'\n");
}

}  // namespace
}  // namespace um::heartbeat
