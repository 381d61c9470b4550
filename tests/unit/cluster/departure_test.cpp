// The end of a node's life (wire 7.6).
#include <gtest/gtest.h>

#include "tests/unit/cluster/node.hpp"

namespace um::cluster::test {
namespace {

TEST(Departure, TwoStatusesASecondAfterShutdoneThenTheClientsThenTheEnd) {
  Node alpha(two_nodes());
  join(alpha);
  keep_alive(alpha, 4, 10);
  alpha.advance(500ms);
  alpha.forget();
  alpha.handle(ShutdownRequested{});
  EXPECT_EQ(alpha.sent("shutdone").size(), 1U);
  alpha.advance(400ms);
  alpha.sent();
  alpha.advance(600ms);
  EXPECT_EQ(alpha.sent("status").size(), 3U) << "two, and the regular one";
  EXPECT_EQ(alpha.actions(), (Lines{"stop clients"}));
  alpha.advance(5s);
  EXPECT_EQ(alpha.actions(), Lines{}) << "the clients take their time";
  alpha.handle(ClientsStopped{});
  alpha.advance(1s);
  EXPECT_EQ(alpha.actions(), (Lines{"exit"}));
  EXPECT_TRUE(contains(alpha.log(), "info: alpha Heartbeat shutdown complete."));
}

TEST(Departure, ForARestartAsksForThirtySecondsMore) {
  Node alpha(two_nodes());
  join(alpha);
  keep_alive(alpha, 4, 10);
  alpha.handle(ShutdownRequested{true});
  alpha.forget();
  alpha.advance(1s);
  const Lines sent = alpha.sent("status");
  EXPECT_EQ(sent.back().substr(0, 27), "t=status st=active dt=8ca0 ");
  alpha.handle(ClientsStopped{});
  alpha.advance(1s);
  EXPECT_TRUE(contains(alpha.actions(), "exit for restart"));
}

TEST(Departure, DelnodeOfOurselvesIsAShutdown) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.advance(7s);
  alpha.hear("beta t=status st=active dt=1770 seq=9");
  alpha.hear("beta t=delnode nodelist=\"alpha \" seq=a");
  EXPECT_TRUE(
      contains(alpha.log(), "ERROR: I am being deleted from the cluster. This should not happen"));
  EXPECT_EQ(alpha.sent("shutdone").size(), 1U);
}

TEST(Departure, APeersShutdoneLeavesItsStatusUntilItFallsSilent) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=shutdone st=dead seq=4");
  EXPECT_EQ(alpha.status("beta"), "active");
  alpha.advance(6001ms);
  EXPECT_EQ(alpha.status("beta"), "dead");
}

}  // namespace
}  // namespace um::cluster::test
