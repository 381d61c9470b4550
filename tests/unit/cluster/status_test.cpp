// What a node says of itself, and what it makes of the peers' status (wire 7.2, 7.3; W4, W5, W8).
#include <gtest/gtest.h>

#include "tests/unit/cluster/node.hpp"

namespace um::cluster::test {
namespace {

TEST(Status, StartsWithInitAndTwiceUpAndAsksForTwoSecondsMore) {
  Node alpha(two_nodes());
  alpha.start();
  EXPECT_EQ(alpha.sent(), (Lines{
                              "t=status st=init dt=1f40 seq=1",
                              "t=status st=up dt=1f40 seq=2",
                              "t=status st=up dt=1f40 seq=3",
                          }));
}

TEST(Status, CarriesTheControlFieldsInTheLegacyOrder) {
  Node alpha(two_nodes());
  alpha.start();
  const wire::Message first = alpha.packets().front();
  std::string names;
  for (const wire::Field& field : first.fields()) names += field.name + ' ';
  EXPECT_EQ(names, "t st dt protocol um src srcuuid seq hg ts ld ttl ");
}

TEST(Status, IsSentEveryKeepaliveWithoutDrift) {
  Node alpha(two_nodes());
  alpha.start();
  alpha.forget();
  alpha.advance(999ms);
  EXPECT_EQ(alpha.sent("status"), Lines{});
  alpha.advance(1ms);
  EXPECT_EQ(alpha.sent("status").size(), 1U);
  alpha.advance(3s);
  EXPECT_EQ(alpha.sent("status").size(), 3U);
}

TEST(Status, ReturnsToThePlainDeadtimeFiveSecondsAfterStartAndSaysSoAtOnce) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.advance(4500ms);
  alpha.forget();
  alpha.advance(500ms);
  EXPECT_EQ(alpha.sent("status"), (Lines{"t=status st=active dt=1770 seq=a"}));
}

TEST(Status, AsksForTwoSecondsMoreWhileAClientStarts) {
  Node alpha(two_nodes());
  join(alpha);
  keep_alive(alpha, 4, 10);
  alpha.forget();
  alpha.handle(ClientStarting{});
  EXPECT_EQ(show(alpha.packets().front()).substr(0, 27), "t=status st=active dt=1f40 ");
}

TEST(Status, OfAPeerIsLoggedAndDeliveredOnlyWhenItChanges) {
  Node alpha(two_nodes());
  alpha.start();
  alpha.forget();
  alpha.hear("beta t=status st=init dt=1f40 seq=1");
  alpha.hear("beta t=status st=up dt=1f40 seq=2");
  alpha.hear("beta t=status st=up dt=1f40 seq=3");
  const Lines log = alpha.log();
  EXPECT_EQ(count(log, "info: Status update for node beta: status up"), 1U);
  EXPECT_EQ(alpha.status("beta"), "up");
  const Lines seen = alpha.delivered();
  EXPECT_TRUE(contains(seen, "t=status st=up dt=1f40 seq=2"));
  EXPECT_FALSE(contains(seen, "t=status st=up dt=1f40 seq=3"));
}

TEST(Status, ThatANewerOneOvertookDoesNotBringTheOldStateBack) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=1770 seq=5");
  alpha.hear("beta t=status st=up dt=1770 seq=4");
  EXPECT_EQ(alpha.status("beta"), "active");
}

TEST(Status, WithoutStIsRefusedWithOneLine) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status dt=1770 seq=4");
  alpha.hear("beta t=status dt=1770 seq=5");
  EXPECT_EQ(alpha.log(), (Lines{"ERROR: HBDoMsg_T_STATUS: status update without st field"}));
}

TEST(Status, LateBeyondWarntimeIsAWarning) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.advance(4s);
  alpha.hear("beta t=status st=active dt=1770 seq=4");
  EXPECT_TRUE(contains(alpha.log(), "WARN: Late heartbeat: Node beta: interval 4000 ms"));
}

TEST(Status, LateBeyondDeadtimeIsCriticalButNoDeathWhenThePeerAskedForMore) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=1f40 seq=4");
  alpha.advance(7s);
  alpha.hear("beta t=status st=active dt=1f40 seq=5");
  const Lines log = alpha.log();
  EXPECT_TRUE(contains(log, "CRIT: Late heartbeat: Node beta: interval 7000 ms (> deadtime)"));
  EXPECT_FALSE(contains(log, "WARN: node beta: is dead"));
  EXPECT_EQ(alpha.status("beta"), "active");
}

TEST(Status, AsksForAnAbsurdDeadtimeAndIsClampedWithOneWarning) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=ffffffffffffffff seq=4");
  alpha.hear("beta t=status st=active dt=ffffffffffffffff seq=5");
  const Lines log = alpha.log();
  EXPECT_EQ(count(log,
                  "WARN: node beta asks for a deadtime of 18446744073709551615 ms: taken for "
                  "66000 ms"),
            1U);
  alpha.advance(66s);
  EXPECT_EQ(alpha.status("beta"), "active");
  alpha.advance(1ms);
  EXPECT_EQ(alpha.status("beta"), "dead");
}

TEST(Status, AsksForLessThanTwoKeepalivesAndGetsTwo) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=1 seq=4");
  alpha.advance(2s);
  EXPECT_EQ(alpha.status("beta"), "active");
  alpha.advance(1ms);
  EXPECT_EQ(alpha.status("beta"), "dead");
}

TEST(Status, WithATsBeforeTheLastOneStillCounts) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.advance(5s);
  alpha.hear("beta t=status st=active dt=1770 ts=1 seq=4");
  alpha.advance(5s);
  EXPECT_EQ(alpha.status("beta"), "active");
}

TEST(Status, OfOurOwnCannotBeForgedByALocalClient) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.submit("t=status st=dead");
  EXPECT_EQ(alpha.sent(), Lines{});
  EXPECT_EQ(alpha.log(), (Lines{"WARN: a local client tried to send a status message: refused"}));
}

TEST(Status, TimesOfAReloadedConfigurationHoldAtOnce) {
  Node alpha(two_nodes());
  join(alpha);
  keep_alive(alpha, 4, 10);
  alpha.forget();
  Config config = two_nodes();
  config.times.deadtime = 9000ms;
  alpha.handle(Reconfigured{config});
  EXPECT_EQ(show(alpha.packets().front()).substr(0, 27), "t=status st=active dt=2328 ");
}

TEST(Status, AShorterKeepaliveOfAReloadHoldsFromNowOn) {
  Node alpha(two_nodes());
  join(alpha);
  Config config = two_nodes();
  config.times.keepalive = 200ms;
  alpha.handle(Reconfigured{config});
  alpha.forget();
  alpha.advance(1s);
  EXPECT_EQ(alpha.sent("status").size(), 5U);
}

TEST(Status, AReloadThatNamesALivingNodeNoLongerKeepsItUntilItIsDeleted) {
  Node alpha(three_nodes());
  join(alpha);
  alpha.hear("gamma t=status st=active dt=1770 seq=1");
  alpha.handle(Reconfigured{two_nodes()});
  EXPECT_EQ(alpha.status("gamma"), "active");
  EXPECT_EQ(alpha.engine().cluster().nodes().size(), 3U);
}

TEST(Status, AReloadAddsAndRemovesPingNodes) {
  Node alpha(two_nodes());
  join(alpha);
  Config config = two_nodes();
  config.nodes.push_back({"router", NodeKind::kPing});
  config.media.push_back({"router", "router"});
  alpha.handle(Reconfigured{config});
  alpha.hear("router t=NS_st st=ping info=ping", 1);
  EXPECT_EQ(alpha.status("router"), "ping");
  alpha.handle(Reconfigured{two_nodes()});
  EXPECT_EQ(alpha.engine().cluster().nodes().size(), 2U);
}

}  // namespace
}  // namespace um::cluster::test
