// Acknowledgements and flow control (wire 6.7; W13).
#include <gtest/gtest.h>

#include "tests/unit/cluster/node.hpp"

namespace um::cluster::test {
namespace {

std::vector<std::uint64_t> acked(const std::vector<wire::Message>& packets, std::string_view node) {
  std::vector<std::uint64_t> numbers;
  for (const wire::Message& packet : packets)
    if (packet.type() == "NS_ackmsg" && packet.get("dest") == node)
      numbers.push_back(packet.hex("ackseq").value_or(0));
  return numbers;
}

TEST(Flow, EveryTenthNumberOfAPeerIsAcknowledged) {
  Node alpha(two_nodes());
  join(alpha);
  for (int seq = 4; seq < 54; ++seq) alpha.hear(fmt::format("beta t=hello seq={:x}", seq));
  const auto numbers = acked(alpha.packets(), "beta");
  ASSERT_EQ(numbers.size(), 5U);
  for (std::size_t i = 1; i < numbers.size(); ++i) EXPECT_EQ(numbers[i] - numbers[i - 1], 10U);
}

TEST(Flow, OurOwnMessagesAreAcknowledgedToo) {
  Node alpha(two_nodes());
  join(alpha);
  for (int i = 0; i < 30; ++i) alpha.submit("t=hello");
  EXPECT_EQ(acked(alpha.packets(), "alpha").size(), 3U);
}

TEST(Flow, NothingBeyondAGapIsAcknowledgedUntilItCloses) {
  Node alpha(two_nodes());
  join(alpha);
  for (int seq = 5; seq < 35; ++seq) alpha.hear(fmt::format("beta t=hello seq={:x}", seq));
  EXPECT_TRUE(acked(alpha.packets(), "beta").empty());
  alpha.hear("beta t=hello seq=4");
  const auto numbers = acked(alpha.packets(), "beta");
  ASSERT_EQ(numbers.size(), 1U);
  EXPECT_GT(numbers[0], 24U);
}

TEST(Flow, ClientsArePausedWhenAPeerIs250BehindAndResumedWhenItCaughtUp) {
  Node alpha(two_nodes());
  join(alpha);
  for (int i = 0; i < 260; ++i) alpha.submit("t=hello");
  EXPECT_EQ(alpha.actions(), (Lines{"pause clients"}));
  EXPECT_TRUE(contains(alpha.log(), "info: all clients are now paused"));
  alpha.hear("beta t=NS_ackmsg dest=alpha ackseq=f0");
  EXPECT_EQ(alpha.actions(), (Lines{"resume clients"}));
}

TEST(Flow, AFillingHistoryIsReported) {
  Node alpha(two_nodes());
  join(alpha);
  for (int i = 0; i < 380; ++i) alpha.submit("t=hello");
  EXPECT_TRUE(
      contains(alpha.log(), "WARN: Message hist queue is filling up (376 messages in queue)"));
}

TEST(Flow, ADeadPeerHoldsNothingBack) {
  Node alpha(two_nodes());
  join(alpha);
  for (int i = 0; i < 260; ++i) alpha.submit("t=hello");
  alpha.actions();
  alpha.advance(7s);
  EXPECT_EQ(alpha.actions(), (Lines{"resume clients"}));
}

TEST(Flow, AnAcknowledgementOfWhatWasNeverSentIsRefused) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=NS_ackmsg dest=alpha ackseq=ffff");
  EXPECT_EQ(alpha.log().front().substr(0, 40), "ERROR: HBDoMsg_T_ACK: corrupted ackseq c");
  for (int i = 0; i < 260; ++i) alpha.submit("t=hello");
  EXPECT_EQ(alpha.actions(), (Lines{"pause clients"})) << "nothing counts as acknowledged";
}

TEST(Flow, WhatAPeerAcknowledgedIsServedAllTheSame) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=NS_ackmsg dest=alpha ackseq=5");
  alpha.hear("beta t=NS_rexmit dest=alpha firstseq=3 lastseq=3");
  EXPECT_EQ(alpha.sent().size(), 1U)
      << "the acknowledgement may have been meant for our life before this one";
}

TEST(Flow, WithAnOldNodeNobodyAcknowledgesUntilItIsGone) {
  Node alpha(three_nodes());
  join(alpha);
  alpha.hear("gamma t=status st=active seq=1 protocol=none");
  EXPECT_TRUE(
      contains(alpha.log(), "info: flow control disabled due to different version heartbeat"));
  alpha.sent();
  alpha.hear("beta t=status st=active dt=1770 seq=4");
  for (int seq = 5; seq < 35; ++seq) alpha.hear(fmt::format("beta t=hello seq={:x}", seq));
  alpha.advance(1s);
  const auto packets = alpha.packets();
  EXPECT_TRUE(acked(packets, "beta").empty());
  EXPECT_FALSE(packets.back().has("protocol"));

  alpha.hear("beta t=status st=active dt=1770 seq=23");
  keep_alive(alpha, 36, 6);
  ASSERT_EQ(alpha.status("gamma"), "dead");
  alpha.packets();
  alpha.advance(1s);
  EXPECT_EQ(alpha.packets().back().get("protocol"), "1");
}

TEST(Flow, NewNodesThatFollowAnOldOneDoNotKeepOneAnotherInThatMode) {
  Node alpha(three_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=1770 seq=4 um=1 protocol=none");
  EXPECT_EQ(alpha.log(), Lines{});
}

}  // namespace
}  // namespace um::cluster::test
