// The everyday life of two nodes: spec heartbeat-resources 7, the scenarios of its table.
#include "tests/unit/cluster/ownership_lab.hpp"

namespace um::cluster::lab {
namespace {

TEST(Ownership, BothNodesStartedTogetherTakeTheirOwnGroupsAtOnce) {
  ResourceLab lab;
  lab.start("nodea");
  lab.start("nodeb");
  lab.run(5s);
  EXPECT_EQ(lab.calls("nodea"), kStartsOfA);
  EXPECT_EQ(lab.calls("nodeb"), kStartsOfB);
  EXPECT_EQ(lab.rsc_status("nodea"), "local");
  EXPECT_EQ(lab.rsc_status("nodeb"), "local");
}

TEST(Ownership, NodeAloneTakesEverythingAfterInitdead) {
  ResourceLab lab;
  lab.start("nodea");
  lab.run(7900ms);
  EXPECT_EQ(lab.calls("nodea"), Lines{});
  lab.run(2s);
  EXPECT_EQ(lab.calls("nodea"), kStartsOfB + kStartsOfA);
  EXPECT_EQ(lab.rsc_status("nodea"), "all");
}

TEST(Ownership, WithAutoFailbackOnTheGroupsOfAJoiningNodeGoHome) {
  ResourceLab lab;
  lab.start("nodea");
  lab.run(20s);
  lab.forget();
  lab.start("nodeb");
  lab.run(10s);
  EXPECT_EQ(lab.calls("nodea"), kStopsOfB);
  EXPECT_EQ(lab.calls("nodeb"), kStartsOfB);
  EXPECT_EQ(lab.rsc_status("nodea"), "local");
  EXPECT_EQ(lab.rsc_status("nodeb"), "local");
  EXPECT_FALSE(lab.ever_active_twice());
}

TEST(Ownership, WithAutoFailbackOffAReturningNodeStaysStandby) {
  BothUp lab(with(Failback::kOff));
  lab.crash("nodea");
  lab.run(10s);
  EXPECT_EQ(lab.active("nodeb"), kAll);
  lab.set_active("nodea", "nothing");
  lab.forget();
  lab.start("nodea");
  lab.run(20s);
  EXPECT_EQ(lab.calls("nodea"), Lines{});
  EXPECT_EQ(lab.calls("nodeb"), Lines{});
  EXPECT_EQ(lab.rsc_status("nodea"), "none");
  EXPECT_EQ(lab.rsc_status("nodeb"), "all");
}

TEST(Ownership, SurvivorTakesTheGroupsOfACrashedNodeAfterDeadtime) {
  BothUp lab;
  lab.crash("nodea");
  lab.run(3s);
  EXPECT_EQ(lab.calls("nodeb"), Lines{});
  lab.run(2s);
  EXPECT_EQ(lab.calls("nodeb"), kStartsOfA);
  EXPECT_EQ(lab.rsc_status("nodeb"), "all");
}

TEST(Ownership, GracefulStopStopsEveryGroupAndHandsOverAtOnce) {
  BothUp lab;
  lab.stop("nodea");
  lab.run(1s);
  EXPECT_EQ(lab.calls("nodea"), kStopsOfA + kStopsOfB);
  EXPECT_EQ(lab.calls("nodeb"), kStartsOfA);
  lab.run(4s);
  EXPECT_FALSE(lab.running("nodea"));
  EXPECT_EQ(lab.rsc_status("nodeb"), "all");
  EXPECT_FALSE(lab.ever_active_twice());
}

TEST(Ownership, DeathAfterAGracefulStopMovesNothingMore) {
  BothUp lab;
  lab.stop("nodea");
  lab.run(3s);
  lab.forget();
  lab.run(10s);
  EXPECT_TRUE(lab.logged("nodeb", "info: Dead node nodea gave up resources."));
  EXPECT_EQ(lab.calls("nodeb"), Lines{});
}

struct Move {
  std::string command;
  std::string of_a, of_b;  // who holds what afterwards
};

class StandbyAndTakeover : public testing::TestWithParam<Move> {};

TEST_P(StandbyAndTakeover, OnNodea) {
  BothUp lab(with(Failback::kOff));
  lab.command("nodea", GetParam().command);
  lab.run(5s);
  EXPECT_EQ(lab.active("nodea"), GetParam().of_a);
  EXPECT_EQ(lab.active("nodeb"), GetParam().of_b);
  EXPECT_FALSE(lab.ever_active_twice());
  EXPECT_NE(lab.rsc_status("nodea"), "transition");
  EXPECT_NE(lab.rsc_status("nodeb"), "transition");
}

// Every row of the matrix in spec 7; `hb_takeover failback` as decision R17 says.
INSTANTIATE_TEST_SUITE_P(
    Matrix, StandbyAndTakeover,
    testing::Values(Move{"t=ask_resources rsc_hold=all info=me", kNone, kAll},
                    Move{"t=ask_resources rsc_hold=local info=me", kNone, kAll},
                    Move{"t=ask_resources rsc_hold=foreign info=me", kOfA, kOfB},
                    Move{"t=hb_takeover rsc_hold=all", kAll, kNone},
                    Move{"t=hb_takeover rsc_hold=local", kOfA, kOfB},
                    Move{"t=hb_takeover rsc_hold=foreign", kAll, kNone},
                    Move{"t=hb_takeover rsc_hold=failback", kOfA, kOfB}));

TEST(Ownership, StandbyAndBackAgain) {
  BothUp lab(with(Failback::kOff));
  lab.command("nodea", "t=ask_resources rsc_hold=all info=me");
  lab.run(5s);
  EXPECT_EQ(lab.rsc_status("nodea"), "none");
  EXPECT_EQ(lab.rsc_status("nodeb"), "all");
  lab.command("nodea", "t=hb_takeover rsc_hold=local");
  lab.run(5s);
  EXPECT_EQ(lab.active("nodea"), kOfA);
  EXPECT_EQ(lab.active("nodeb"), kOfB);
  EXPECT_EQ(lab.rsc_status("nodea"), "local");
  EXPECT_FALSE(lab.ever_active_twice());
}

TEST(Ownership, LegacyGroupsGoHomeWhenTheirNodeReturns) {
  BothUp lab(with(Failback::kLegacy));
  EXPECT_EQ(lab.active("nodea"), kOfA);
  EXPECT_EQ(lab.active("nodeb"), kOfB);
  lab.stop("nodea");
  lab.run(10s);
  EXPECT_EQ(lab.active("nodeb"), kAll);
  lab.forget();
  lab.start("nodea");
  lab.run(10s);
  EXPECT_EQ(lab.calls("nodeb"), kStopsOfA);
  EXPECT_EQ(lab.calls("nodea"), kStartsOfA);
  EXPECT_FALSE(lab.ever_active_twice());
  EXPECT_EQ(lab.rsc_status("nodea"), "none");
}

TEST(Ownership, BothStoppedTogetherLeaveNothingActive) {
  BothUp lab;
  lab.stop("nodea");
  lab.stop("nodeb");
  lab.run(10s);
  EXPECT_FALSE(lab.running("nodea"));
  EXPECT_FALSE(lab.running("nodeb"));
  EXPECT_EQ(lab.active("nodea"), kNone);
  EXPECT_EQ(lab.active("nodeb"), kNone);
}

}  // namespace
}  // namespace um::cluster::lab
