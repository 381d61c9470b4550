// When nodes and links are declared dead, and when they come back (wire 7.5; W6, W8).
#include <gtest/gtest.h>

#include "tests/unit/cluster/node.hpp"

namespace um::cluster::test {
namespace {

TEST(Liveness, SilenceBeyondTheAnnouncedDeadtimeIsDeath) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.advance(6s);
  EXPECT_EQ(alpha.status("beta"), "active");
  alpha.forget();
  alpha.advance(1ms);
  EXPECT_EQ(alpha.status("beta"), "dead");
  EXPECT_EQ(alpha.log(), (Lines{"WARN: node beta: is dead", "info: Link beta:eth0 dead."}));
}

TEST(Liveness, ADeathReachesTheClientsAsASyntheticStatus) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.advance(6001ms);
  EXPECT_EQ(alpha.delivered(),
            (Lines{"t=status seq=1 st=dead", "t=ifstat node=beta ifname=eth0 st=dead"}));
}

TEST(Liveness, OnlyStatusKeepsANodeAlive) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.advance(5s);
  alpha.hear("beta t=hello seq=4");
  alpha.advance(1001ms);
  EXPECT_EQ(alpha.status("beta"), "dead");
  EXPECT_EQ(alpha.link("beta", "eth0"), "up");
}

TEST(Liveness, OneOfTwoLinksMayDieAlone) {
  Config config = two_nodes();
  config.media = {{"eth0", ""}, {"eth1", ""}};
  Node alpha(config);
  join(alpha);
  alpha.hear("beta t=status st=active dt=1770 seq=4", 0);
  alpha.hear("beta t=status st=active dt=1770 seq=4", 1);
  EXPECT_EQ(alpha.link("beta", "eth1"), "up");
  alpha.forget();
  keep_alive(alpha, 5, 7);
  EXPECT_EQ(alpha.link("beta", "eth1"), "dead");
  EXPECT_EQ(alpha.link("beta", "eth0"), "up");
  EXPECT_TRUE(contains(alpha.log(), "info: Link beta:eth1 dead."));
  EXPECT_EQ(alpha.status("beta"), "active");
}

TEST(Liveness, TwoMediaOnOneInterfaceAreOneLink) {
  Config config = two_nodes();
  config.media = {{"eth0", ""}, {"eth0", ""}};
  Node alpha(config);
  join(alpha);
  EXPECT_EQ(alpha.view("beta").links.size(), 1U);
  for (int i = 0; i < 8; ++i) {
    alpha.advance(1s);
    alpha.hear(fmt::format("beta t=status st=active dt=1770 seq={:x}", 4 + i), 1);
  }
  EXPECT_EQ(alpha.link("beta", "eth0"), "up");
}

TEST(Liveness, AHigherGenerationIsARestartAndNoDeath) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=init dt=1f40 seq=1 hg=2");
  EXPECT_EQ(alpha.log(), (Lines{"info: Heartbeat restart on node beta",
                                "info: Status update for node beta: status init"}));
  alpha.hear("beta t=status st=up dt=1f40 seq=2 hg=2");
  EXPECT_EQ(alpha.status("beta"), "up");
}

TEST(Liveness, TheSameGenerationAfterDeathIsAHealedPartition) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.advance(10s);
  alpha.forget();
  alpha.hear("beta t=status st=active dt=1770 seq=20");
  EXPECT_EQ(alpha.log(), (Lines{
                             "CRIT: Cluster node beta returning after partition.",
                             "info: For information on cluster partitions, See URL: "
                             "http://linux-ha.org/wiki/Split_Brain",
                             "WARN: Deadtime value may be too small.",
                             "info: See FAQ for information on tuning deadtime.",
                             "info: URL: http://linux-ha.org/wiki/FAQ#Heavy_Load",
                             "info: Link beta:eth0 up.",
                             "CRIT: Late heartbeat: Node beta: interval 10000 ms (> deadtime)",
                             "info: Status update for node beta: status active",
                         }));
  EXPECT_EQ(alpha.sent("status").size(), 1U) << "an extra status at once";
}

TEST(Liveness, AnOldPacketDelayedPastTheDeathDoesNotReviveTheNode) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.advance(7s);
  alpha.hear("beta t=status st=active dt=1770 seq=3");
  EXPECT_EQ(alpha.status("beta"), "dead");
  EXPECT_EQ(alpha.link("beta", "eth0"), "dead");
}

TEST(Liveness, NobodyIsJudgedRightAfterAnOwnPause) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.freeze(20s);
  alpha.wake();
  EXPECT_EQ(alpha.log().front(),
            "WARN: This node did not run for 20000 ms: no node is judged before another 1250 ms "
            "have passed");
  EXPECT_EQ(alpha.status("beta"), "active");
  alpha.advance(1249ms);
  EXPECT_EQ(alpha.status("beta"), "active");
  alpha.advance(1ms);
  EXPECT_EQ(alpha.status("beta"), "dead");
}

TEST(Liveness, APeerHeardAfterAnOwnPauseLivesAndIsNotCalledLate) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.freeze(20s);
  alpha.wake();
  alpha.forget();
  alpha.advance(1s);
  alpha.hear("beta t=status st=active dt=1770 seq=4");
  alpha.advance(5s);
  EXPECT_EQ(alpha.status("beta"), "active");
  EXPECT_EQ(alpha.log(), Lines{});
}

TEST(Liveness, AJumpOfTheWallClockKillsNobody) {
  Node alpha(two_nodes());
  join(alpha);
  keep_alive(alpha, 4, 3);
  alpha.set_wall_clock_back(1'000'000);
  alpha.forget();
  keep_alive(alpha, 7, 3);
  EXPECT_EQ(alpha.status("beta"), "active");
  EXPECT_EQ(alpha.log(), Lines{});
}

TEST(Liveness, APingNodeLivesByItsEchoesAndDiesAfterDeadping) {
  Config config = two_nodes();
  config.nodes.push_back({"10.0.0.1", NodeKind::kPing});
  config.media.push_back({"10.0.0.1", "10.0.0.1"});
  config.times.deadping = 4000ms;
  Node alpha(config);
  join(alpha);
  alpha.advance(2s);
  alpha.hear("beta t=status st=active dt=1770 seq=4");
  alpha.hear("10.0.0.1 t=NS_st st=ping info=ping", 1);
  const Lines log = alpha.log();
  EXPECT_TRUE(contains(log, "info: Link 10.0.0.1:10.0.0.1 up."));
  EXPECT_TRUE(contains(log, "info: Status update for node 10.0.0.1: status ping"));
  EXPECT_EQ(alpha.status("10.0.0.1"), "ping");
  alpha.delivered();
  alpha.advance(4001ms);
  EXPECT_EQ(alpha.status("10.0.0.1"), "dead");
  EXPECT_EQ(alpha.delivered(), (Lines{"t=status seq=1 st=dead info=ping",
                                      "t=ifstat node=10.0.0.1 ifname=10.0.0.1 st=dead"}));
}

TEST(Liveness, AMachineCannotPoseAsAPingNode) {
  Config config = two_nodes();
  config.nodes.push_back({"10.0.0.1", NodeKind::kPing});
  config.media.push_back({"10.0.0.1", "10.0.0.1"});
  Node alpha(config);
  join(alpha);
  alpha.hear("10.0.0.1 t=status st=active dt=1770 seq=1");
  alpha.hear("beta t=NS_st st=ping info=ping");
  EXPECT_EQ(alpha.status("10.0.0.1"), "init");
  EXPECT_EQ(alpha.status("beta"), "active");
}

}  // namespace
}  // namespace um::cluster::test
