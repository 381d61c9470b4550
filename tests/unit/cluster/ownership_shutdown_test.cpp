// Spec heartbeat-resources 6.2, row SIGTERM, with decisions R18, R23, R30; and slow scripts.
#include "tests/unit/cluster/ownership_bed.hpp"

namespace um::cluster::bed {
namespace {

const std::string kDelayed = "WARN: Shutdown delayed until current resource activity finishes.";

TEST(OwnershipShutdown, EveryGroupOfEveryNodeIsStoppedThenThePeersKnow) {
  BothLocal bed;
  bed.stop();
  EXPECT_EQ(bed.sent(), Lines{"resource rsc_hold=none rtype=full isstable=0 info=shutdown"});
  EXPECT_EQ(bed.log(), (Lines{"info: Heartbeat shutdown in progress. (8)",
                              "info: Giving up all HA resources."}));
  bed.finish_all();
  EXPECT_EQ(bed.jobs(), (Lines{"give 10.9.0.1", "give 10.9.0.2"}));
  EXPECT_EQ(bed.log(), Lines{"info: All HA resources relinquished."});
  EXPECT_EQ(bed.sent(), Lines{"shutdone st=dead"});
}

TEST(OwnershipShutdown, SecondRequestIsToldSo) {
  BothLocal bed;
  bed.stop();
  bed.forget();
  bed.stop();
  EXPECT_EQ(bed.log(), Lines{"info: Heartbeat shutdown already underway."});
}

TEST(OwnershipShutdown, WaitsForCommunication) {
  Bed bed;
  bed.stop();
  EXPECT_EQ(bed.log(), Lines{"WARN: Shutdown delayed until Communication is up."});
  bed.comm_up();
  bed.finish_all();
  EXPECT_EQ(bed.jobs(), (Lines{"give 10.9.0.1", "give 10.9.0.2"}));
  EXPECT_EQ(bed.sent().back(), "shutdone st=dead");
}

TEST(OwnershipShutdown, WaitsForAPeerInTransition) {
  BothLocal bed;
  bed.hear("resource rsc_hold=local rtype=full isstable=0");
  bed.stop();
  EXPECT_EQ(bed.log(), Lines{kDelayed});
  bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-");
  EXPECT_EQ(bed.jobs(), Lines{"give 10.9.0.1"});
}

TEST(OwnershipShutdown, NodeThatHoldsNothingWaitsForNobody) {
  Bed bed(two_nodes(Failback::kOff));
  bed.comm_up();
  bed.hear("resource rsc_hold=all rtype=full isstable=1 umheld=nodea,nodeb umtook=-");
  bed.hear("resource rsc_hold=all rtype=full isstable=0 umheld=nodea,nodeb umtook=-");
  bed.forget();
  bed.stop();
  EXPECT_EQ(bed.jobs(), Lines{"give 10.9.0.1"});
}

// Decision R30.
TEST(OwnershipShutdown, GroupsNotBegunAreNotStarted) {
  Config config = two_nodes();
  config.groups = {{"nodea", {"E"}}, {"nodea", {"F"}}};
  Bed bed(config);
  bed.comm_up();
  bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-");
  EXPECT_EQ(bed.jobs(), Lines{"take E"});
  bed.stop();
  EXPECT_TRUE(bed.said(kDelayed));
  bed.finish();
  EXPECT_EQ(bed.jobs(), Lines{"give E"});
}

TEST(OwnershipShutdown, PeersLeaveIsNoTakeoverAnyMore) {
  BothLocal bed;
  bed.stop();
  bed.finish_all();
  bed.forget();
  bed.hear("shutdone st=dead");
  EXPECT_EQ(bed.log(), (Lines{"info: Received shutdown notice from 'nodeb'.",
                              "info: Resource takeover cancelled - shutdown in progress."}));
  EXPECT_EQ(bed.jobs(), Lines{});
}

TEST(OwnershipShutdown, PeersLeaveLetsADelayedShutdownBegin) {
  BothLocal bed;
  bed.hear("resource rsc_hold=none rtype=full isstable=0 info=shutdown");
  bed.stop();
  EXPECT_EQ(bed.log(), Lines{kDelayed});
  bed.hear("shutdone st=dead");
  EXPECT_EQ(bed.jobs(), Lines{"give 10.9.0.1"});
}

// Decision R18.
TEST(OwnershipShutdown, HangingStartDoesNotKeepTheOtherGroupsUp) {
  Bed bed;
  bed.comm_up();
  bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-");
  bed.forget();
  bed.stop();
  bed.pass(59s);
  EXPECT_EQ(bed.jobs(), Lines{});
  bed.pass(2s);
  EXPECT_EQ(bed.jobs(), Lines{"give 10.9.0.2"});
  bed.finish();  // the hanging start ends after all
  EXPECT_EQ(bed.jobs(), Lines{});
  bed.finish();
  EXPECT_EQ(bed.jobs(), Lines{"give 10.9.0.1"});
}

TEST(OwnershipShutdown, SlowScriptIsNamedAfterAMinuteThenEveryFive) {
  Bed bed;
  bed.comm_up();
  bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-");
  bed.forget();
  bed.pass(61s);
  EXPECT_EQ(bed.log(), Lines{"WARN: start of resource group 10.9.0.1 is still running after 60 "
                             "seconds"});
  bed.pass(5min);
  EXPECT_EQ(bed.log(), Lines{"WARN: start of resource group 10.9.0.1 is still running after 360 "
                             "seconds"});
}

TEST(OwnershipShutdown, AfterAnHourWeLeaveAnyway) {
  BothLocal bed;
  bed.stop();
  bed.pass(61min);
  EXPECT_TRUE(bed.said("CRIT: Emergency Shutdown: Attempting to kill everything ourselves"));
  EXPECT_TRUE(bed.exited());
}

TEST(OwnershipShutdown, WithoutResourceManagementOnlyTheNoticeIsSent) {
  Config config = two_nodes();
  config.manage_resources = false;
  Bed bed(config);
  bed.comm_up();
  bed.stop();
  EXPECT_EQ(bed.sent(), Lines{"shutdone st=dead"});
  EXPECT_EQ(bed.jobs(), Lines{});
}

}  // namespace
}  // namespace um::cluster::bed
