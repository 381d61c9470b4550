// From the first packet to comm-up, and what the list of nodes has to do with it (wire 7.4, 7.7).
#include <gtest/gtest.h>

#include "tests/unit/cluster/node.hpp"

namespace um::cluster::test {
namespace {

TEST(Joining, AsksTheFirstPeerForItsListAndIsActiveWithTheAnswer) {
  Node alpha(two_nodes());
  alpha.start();
  alpha.forget();
  alpha.hear("beta t=status st=init dt=1f40 seq=1");
  EXPECT_EQ(alpha.sent(), (Lines{"t=reqnodes dest=beta seq=4"}));
  alpha.hear("beta dest=alpha t=repnodes nodelist=\"alpha beta \" delnodelist=\" \" seq=2");
  EXPECT_EQ(alpha.sent("status"), (Lines{"t=status st=active dt=1f40 seq=5"}));
  EXPECT_TRUE(contains(alpha.actions(), "comm up"));
  EXPECT_TRUE(contains(alpha.log(), "info: Comm_now_up(): updating status to active"));
}

TEST(Joining, AnswersARequestForItsOwnList) {
  Node alpha(three_nodes());
  alpha.start();
  alpha.hear("beta t=status st=init dt=1f40 seq=1");
  alpha.forget();
  alpha.hear("beta t=reqnodes dest=alpha seq=2");
  EXPECT_EQ(alpha.sent(),
            (Lines{"dest=beta t=repnodes nodelist=\"alpha beta gamma \" delnodelist=\" \" seq=4"}));
}

TEST(Joining, AsksTheNextPeerEachSecondWithoutAnswer) {
  Node alpha(three_nodes());
  alpha.start();
  alpha.hear("beta t=status st=up dt=1f40 seq=1");
  alpha.forget();
  alpha.hear("gamma t=status st=up dt=1f40 seq=1");
  EXPECT_EQ(alpha.sent("reqnodes"), (Lines{"t=reqnodes dest=beta seq=4"}));
  alpha.advance(1s);
  EXPECT_EQ(alpha.sent("reqnodes"), (Lines{"t=reqnodes dest=gamma seq=5"}));
  alpha.advance(1s);
  EXPECT_EQ(alpha.sent("reqnodes"), (Lines{"t=reqnodes dest=beta seq=7"}));
  EXPECT_EQ(alpha.engine().local_status(), NodeStatus::kUp);
}

TEST(Joining, WaitsForASilentNodeUntilInitdeadAndThenGoesOnAlone) {
  Node alpha(two_nodes());
  alpha.start();
  alpha.advance(10s);
  EXPECT_EQ(alpha.engine().local_status(), NodeStatus::kUp);
  alpha.forget();
  alpha.advance(1ms);
  EXPECT_EQ(alpha.log(),
            (Lines{"WARN: node beta: is dead", "info: Comm_now_up(): updating status to active",
                   "info: Local status now set to: 'active'"}));
  EXPECT_EQ(alpha.actions(), (Lines{"comm up"}));
}

TEST(Joining, HappensOncePerLife) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.advance(10s);
  alpha.hear("beta t=status st=init dt=1f40 seq=1 hg=2");
  alpha.hear("beta dest=alpha t=repnodes nodelist=\"alpha beta \" delnodelist=\" \" seq=2 hg=2");
  EXPECT_FALSE(contains(alpha.actions(), "comm up"));
}

TEST(Joining, GivesAPingNodeOnlyTwoKeepalives) {
  Config config = two_nodes();
  config.nodes.push_back({"router", NodeKind::kPing});
  config.media.push_back({"router", "router"});
  Node alpha(config);
  alpha.start();
  alpha.hear("beta t=status st=up dt=1f40 seq=1");
  EXPECT_EQ(alpha.sent("reqnodes"), Lines{});
  alpha.advance(2s);
  EXPECT_EQ(alpha.sent("reqnodes").size(), 1U);
}

TEST(Joining, WithAPeerOfHeartbeat12NeedsNoList) {
  Node alpha(two_nodes());
  alpha.start();
  alpha.forget();
  alpha.hear("beta t=status st=up seq=1 protocol=none");
  EXPECT_EQ(alpha.sent("reqnodes"), Lines{});
  EXPECT_TRUE(contains(alpha.actions(), "comm up"));
}

TEST(Joining, ANodeThatDiedMeanwhileIsNotAskedAgain) {
  Node alpha(three_nodes());
  alpha.start();
  alpha.hear("beta t=status st=up dt=1770 seq=1");
  alpha.advance(9s);
  alpha.hear("gamma t=status st=up dt=1770 seq=1");
  alpha.forget();
  alpha.advance(2s);
  EXPECT_EQ(alpha.status("beta"), "dead");
  for (const std::string& line : alpha.sent("reqnodes"))
    EXPECT_EQ(line.substr(0, 21), "t=reqnodes dest=gamma");
}

TEST(NodeList, AddnodeAddsAnUnknownNodeEverywhere) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.submit("t=addnode nodelist=\"Delta\"");
  EXPECT_TRUE(
      contains(alpha.log(), "info: hb_add_one_node: Adding new node[delta] to configuration."));
  EXPECT_EQ(alpha.status("delta"), "init");
  alpha.hear("delta t=status st=up dt=1770 seq=1");
  EXPECT_EQ(alpha.status("delta"), "up");
}

TEST(NodeList, AddnodeRefusesANameThatNoNodeCanHave) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.submit("t=addnode nodelist=" + std::string(100, 'x'));
  EXPECT_EQ(alpha.engine().cluster().nodes().size(), 2U);
}

TEST(NodeList, NeverHoldsMoreThanAHundredNodes) {
  Node alpha(two_nodes());
  join(alpha);
  for (int i = 0; i < 300; ++i) alpha.submit(fmt::format("t=addnode nodelist=n{}", i));
  EXPECT_EQ(alpha.engine().cluster().nodes().size(), 100U);
}

TEST(NodeList, DelnodeRemovesADeadNodeAndRemembersIt) {
  Node alpha(three_nodes());
  alpha.start();
  alpha.hear("beta t=status st=active dt=1770 seq=1");
  alpha.advance(1s);
  for (int i = 2; i < 12; ++i) {
    alpha.hear(fmt::format("beta t=status st=active dt=1770 seq={:x}", i));
    alpha.advance(1s);
  }
  ASSERT_EQ(alpha.status("gamma"), "dead");
  alpha.hear("beta t=status st=active dt=1770 seq=c");
  alpha.forget();
  alpha.submit("t=delnode nodelist=\"gamma \"");
  EXPECT_TRUE(contains(alpha.log(), "info: Removing node [gamma] from configuration."));
  EXPECT_EQ(alpha.actions(), (Lines{"save deleted nodes: gamma"}));
  EXPECT_TRUE(contains(alpha.delivered(), "t=delnode node=gamma"));
  EXPECT_EQ(alpha.engine().cluster().nodes().size(), 2U);
  alpha.hear("beta t=reqnodes dest=alpha seq=d");
  EXPECT_EQ(alpha.sent("repnodes").front().substr(0, 69),
            "dest=beta t=repnodes nodelist=\"alpha beta \" delnodelist=\"gamma \" seq=");
}

TEST(NodeList, DelnodeOfALivingNodeIsRefused) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.submit("t=delnode nodelist=beta");
  EXPECT_TRUE(contains(alpha.log(), "WARN: deletion failed: node beta is not dead"));
  EXPECT_EQ(alpha.status("beta"), "active");
}

TEST(NodeList, DelnodeNeedsAllOthersAlive) {
  Node alpha(three_nodes());
  alpha.start();
  alpha.advance(11s);
  alpha.submit("t=delnode nodelist=beta");
  EXPECT_TRUE(contains(alpha.log(),
                       "ERROR: HBDoMsg_T_DELNODE: deletion failed. We don't have all "
                       "required nodes alive (gamma is dead)"));
  EXPECT_EQ(alpha.engine().cluster().nodes().size(), 3U);
}

TEST(NodeList, ANodeOfOurHaCfIsNotRemovedByAPeersList) {
  Node alpha(three_nodes());
  alpha.start();
  alpha.hear("beta t=status st=active dt=1770 seq=1");
  for (int i = 2; i < 12; ++i) {
    alpha.hear(fmt::format("beta t=status st=active dt=1770 seq={:x}", i));
    alpha.advance(1s);
  }
  alpha.advance(1ms);
  alpha.forget();
  alpha.hear("beta dest=alpha t=repnodes nodelist=\"alpha beta \" delnodelist=\" \" seq=c");
  EXPECT_EQ(alpha.status("gamma"), "dead");
  EXPECT_EQ(alpha.engine().cluster().nodes().size(), 3U);
  EXPECT_TRUE(contains(alpha.log(),
                       "WARN: node beta does not list node gamma of our ha.cf: kept "
                       "here, but the ha.cf files differ"));
}

TEST(NodeList, ANodeThatAPeerListsAndWeDoNotIsAdded) {
  Node alpha(two_nodes());
  alpha.start();
  alpha.hear("beta t=status st=up dt=1f40 seq=1");
  alpha.hear("beta dest=alpha t=repnodes nodelist=\"alpha beta delta \" delnodelist=\" \" seq=2");
  EXPECT_EQ(alpha.status("delta"), "init");
}

TEST(NodeList, WeightAndSiteAreKept) {
  Node alpha(two_nodes());
  join(alpha);
  EXPECT_EQ(alpha.view("beta").weight, 100U);
  alpha.hear("beta t=setweight node=beta weight=70 seq=4");
  alpha.hear("beta t=setsite node=beta site=cellar seq=5");
  EXPECT_EQ(alpha.view("beta").weight, 70U);
  EXPECT_EQ(alpha.view("beta").site, "cellar");
}

}  // namespace
}  // namespace um::cluster::test
