#include "media/send_trouble.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace um::media {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

TimePoint at(std::chrono::seconds s) {
  return TimePoint(s);
}

TEST(SendTrouble, TheFirstFailureIsSaidAndTheRestIsCountedEachMinute) {
  test::Said said;
  SendTrouble trouble("bcast eth0", said.sink());
  for (auto t = 0s; t <= 60s; ++t) trouble.failed("Network is down", at(t));
  EXPECT_EQ(said.lines,
            (Lines{"ERROR: write_child: write failure on bcast eth0.: Network is down",
                   "WARN: 61 messages discarded due to write errors on bcast eth0.: Network is "
                   "down"}));
}

TEST(SendTrouble, RecoveryIsSaidOnce) {
  test::Said said;
  SendTrouble trouble("bcast eth0", said.sink());
  trouble.worked(at(0s));
  trouble.failed("Operation not permitted", at(1s));
  trouble.worked(at(2s));
  trouble.worked(at(3s));
  EXPECT_EQ(said.lines,
            (Lines{"ERROR: write_child: write failure on bcast eth0.: Operation not permitted",
                   "info: bcast eth0 can be written to again, 1 messages were discarded."}));
}

TEST(SendTrouble, AMediumThatFlapsSpeaksOnceAMinute) {
  test::Said said;
  SendTrouble trouble("bcast eth0", said.sink());
  for (auto t = 0s; t < 60s; ++t)
    t.count() % 2 == 0 ? trouble.failed("No buffer space available", at(t)) : trouble.worked(at(t));
  EXPECT_EQ(said.lines.size(), 2U);
}

}  // namespace
}  // namespace um::media
