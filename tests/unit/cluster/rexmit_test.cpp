// Lost packets: asking, serving, giving up (wire 6.3 to 6.6; W12).
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/cluster/node.hpp"

namespace um::cluster::test {
namespace {

TEST(Rexmit, IsAskedForOneByOneInDecimalBetween50And250Milliseconds) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=1770 seq=14");
  EXPECT_EQ(alpha.log(), (Lines{"WARN: 16 lost packet(s) for [beta] [3:20]"}));
  alpha.sent();
  alpha.advance(49ms);
  EXPECT_EQ(alpha.sent("NS_rexmit"), Lines{});
  alpha.advance(201ms);
  const Lines requests = alpha.sent("NS_rexmit");
  std::set<std::string> asked(requests.begin(), requests.end());
  EXPECT_EQ(asked.size(), 16U);
  EXPECT_TRUE(asked.contains("t=NS_rexmit dest=beta firstseq=4 lastseq=4"));
  EXPECT_TRUE(asked.contains("t=NS_rexmit dest=beta firstseq=19 lastseq=19"));
}

TEST(Rexmit, IsAskedForAgainEvery250MillisecondsUntilItComes) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=1770 seq=5");
  alpha.advance(250ms);
  alpha.sent();
  alpha.advance(500ms);
  EXPECT_EQ(alpha.sent("NS_rexmit").size(), 2U);
  alpha.hear("beta t=hello seq=4");
  EXPECT_EQ(alpha.delivered().back(), "t=hello seq=4");
  alpha.advance(1s);
  EXPECT_EQ(alpha.sent("NS_rexmit"), Lines{});
}

TEST(Rexmit, AsksForAtMost50NumbersInOneRound) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=1770 seq=b0");
  alpha.sent();
  alpha.advance(250ms);
  const auto first = alpha.sent("NS_rexmit").size();
  EXPECT_LE(first, 100U) << "at most two rounds can begin within 250 ms";
  alpha.advance(2s);
  EXPECT_LE(alpha.sent("NS_rexmit").size(), 9 * 50U);
}

TEST(Rexmit, StopsWhenTheSenderCannot) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=1770 seq=5");
  alpha.forget();
  alpha.hear("beta t=NS_nak_rexmit firstseq=4 dest=alpha info=\"seqno too low\"");
  EXPECT_EQ(alpha.log(), (Lines{"ERROR: Irretrievably lost packet: node beta seq 4"}));
  alpha.advance(1s);
  EXPECT_EQ(alpha.sent("NS_rexmit"), Lines{});
}

TEST(Rexmit, StopsWhenTheSenderTellsAnotherNodeThatItCannot) {
  Node alpha(three_nodes());
  join(alpha);
  alpha.hear("gamma t=status st=active dt=1770 seq=1");
  alpha.hear("beta t=status st=active dt=1770 seq=5");
  alpha.hear("beta t=NS_nak_rexmit firstseq=4 dest=gamma info=\"seqno too low\"");
  alpha.sent();
  alpha.advance(1s);
  EXPECT_EQ(alpha.sent("NS_rexmit"), Lines{});
}

TEST(Rexmit, StopsWhenTheNodeDiesOrRestarts) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=1770 seq=5");
  alpha.hear("beta t=status st=init dt=1770 seq=1 hg=2");
  alpha.sent();
  alpha.advance(1s);
  EXPECT_EQ(alpha.sent("NS_rexmit"), Lines{});
}

TEST(Rexmit, GivesUpWhatLies500Behind) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=1770 seq=5");
  for (std::uint64_t seq = 6; seq <= 504; ++seq) {
    alpha.hear(fmt::format("beta t=status st=active dt=1770 seq={:x}", seq));
  }
  EXPECT_TRUE(contains(alpha.log(), "ERROR: Irretrievably lost packet: node beta seq 4"));
  alpha.hear("beta t=hello seq=4");
  EXPECT_FALSE(contains(alpha.delivered(), "t=hello seq=4"));
}

TEST(Rexmit, AGapBeyond250IsForgotten) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=1770 seq=100");
  EXPECT_EQ(alpha.log(), (Lines{"WARN: 252 lost packet(s) for [beta] [3:256]",
                                "ERROR: lost a lot of packets!"}));
  alpha.sent();
  alpha.advance(900ms);
  EXPECT_EQ(alpha.sent("NS_rexmit"), Lines{});
}

TEST(Rexmit, IsServedByteForByte) {
  Node alpha(two_nodes());
  alpha.start();
  const auto original = alpha.packets();
  alpha.hear("beta t=status st=up dt=1770 seq=1");
  alpha.advance(100ms);
  alpha.packets();
  alpha.hear("beta t=NS_rexmit dest=alpha firstseq=2 lastseq=2");
  const auto again = alpha.packets();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0], original[1]);
}

TEST(Rexmit, ServesRangesAndNotTheSameNumberTwiceAtOnce) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=NS_rexmit dest=alpha firstseq=2 lastseq=4");
  EXPECT_EQ(alpha.sent(), (Lines{"t=status st=up dt=1f40 seq=2", "t=status st=up dt=1f40 seq=3",
                                 "t=reqnodes dest=beta seq=4"}));
  alpha.hear("beta t=NS_rexmit dest=alpha firstseq=2 lastseq=4");
  EXPECT_EQ(alpha.sent(), Lines{});
  alpha.advance(240ms);
  alpha.hear("beta t=NS_rexmit dest=alpha firstseq=2 lastseq=2");
  EXPECT_EQ(alpha.sent().size(), 1U);
}

TEST(Rexmit, RequestsForOthersAreNotServed) {
  Node alpha(three_nodes());
  join(alpha);
  alpha.hear("beta t=NS_rexmit dest=gamma firstseq=2 lastseq=4");
  EXPECT_EQ(alpha.sent(), Lines{});
}

TEST(Rexmit, OfAnOldNumberIsRefusedInHexadecimal) {
  Node alpha(two_nodes());
  join(alpha);
  for (int i = 0; i < 600; ++i) alpha.submit("t=hello");
  alpha.forget();
  alpha.hear("beta t=NS_rexmit dest=alpha firstseq=10 lastseq=10");
  EXPECT_EQ(alpha.sent(), (Lines{"t=NS_nak_rexmit firstseq=a dest=beta info=\"seqno too low\""}));
  EXPECT_EQ(alpha.log(), (Lines{"ERROR: Cannot rexmit pkt 10 for beta: seqno too low"}));
}

TEST(Rexmit, OfANumberNeverSentIsOnlyALogLine) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=NS_rexmit dest=alpha firstseq=5000 lastseq=5000");
  EXPECT_EQ(alpha.log(), (Lines{"WARN: Rexmit of seq 5000 requested. 5 is max."}));
  EXPECT_EQ(alpha.sent(), Lines{});
}

TEST(Rexmit, AnAbsurdRangeCostsAtMost50Answers) {
  Node alpha(two_nodes());
  join(alpha);
  for (int i = 0; i < 900; ++i) alpha.submit("t=hello");
  alpha.forget();
  alpha.hear("beta t=NS_rexmit dest=alpha firstseq=1 lastseq=18446744073709551615");
  EXPECT_EQ(alpha.sent().size(), 50U);
}

TEST(Rexmit, ABadRangeIsRefused) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=NS_rexmit dest=alpha firstseq=5 lastseq=4");
  EXPECT_EQ(alpha.log(), (Lines{"ERROR: Invalid rexmit seqnos"}));
}

}  // namespace
}  // namespace um::cluster::test
