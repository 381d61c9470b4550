// Spec heartbeat-resources 6.2: comm up, starting, resource, the 10 s timer; decisions R1, R5, S2.
#include "tests/unit/cluster/ownership_bed.hpp"

namespace um::cluster::bed {
namespace {

const std::string kNoneUnstable = "resource rsc_hold=none rtype=full isstable=0";
const std::string kReady = "info: local resource transition completed.";

TEST(OwnershipStart, CommUpSaysStarting) {
  Bed bed;
  bed.comm_up();
  EXPECT_EQ(bed.sent(), Lines{"starting"});
  EXPECT_EQ(bed.status(), "transition");
}

TEST(OwnershipStart, StartingOfThePeerIsAnsweredWithWhatWeHold) {
  Bed bed;
  bed.comm_up();
  bed.sent();
  bed.hear("starting");
  EXPECT_EQ(bed.sent(), Lines{kNoneUnstable});
}

TEST(OwnershipStart, SecondStartingBeforeAnyResourceMessageIsAnError) {
  Bed bed;
  bed.comm_up();
  // Our own answer comes back and moves us on, so the second one is nothing unusual any more.
  bed.hear("starting");
  bed.hear("starting");
  EXPECT_EQ(bed.log(), Lines{});
}

TEST(OwnershipStart, NobodyWaitsWhenEveryLiveNodeHasJustStartedAndHoldsNothing) {
  Bed bed;
  bed.comm_up();
  bed.hear("starting");
  bed.sent();
  EXPECT_EQ(bed.jobs(), Lines{});
  bed.hear(kNoneUnstable);
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.1"});
  EXPECT_EQ(bed.sent(),
            (Lines{"resource rsc_hold=local rtype=full isstable=1",
                   "ip-request-resp dest=nodea ipaddr=10.9.0.1 weown=yes ok=OK",
                   "resource rsc_hold=local rtype=full isstable=1 info=req_our_resources()"}));
  EXPECT_TRUE(bed.said(kReady));
}

TEST(OwnershipStart, StartingThatCameBeforeOurOwnCommUpCounts) {
  Bed bed;
  bed.hear("starting");
  bed.comm_up();
  EXPECT_EQ(bed.sent(), (Lines{"starting", kNoneUnstable}));
  bed.hear(kNoneUnstable);
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.1"});
}

TEST(OwnershipStart, HoldingNothingWithoutHavingJustStartedIsNoReasonToGo) {
  Bed bed;
  bed.comm_up();
  bed.hear(kNoneUnstable + " info=standby");
  EXPECT_EQ(bed.jobs(), Lines{});
}

TEST(OwnershipStart, SilentPeerCostsTenSeconds) {
  Bed bed;
  bed.comm_up();
  bed.hear("starting");
  bed.pass(9900ms);
  EXPECT_EQ(bed.jobs(), Lines{});
  bed.pass(200ms);
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.1"});
  EXPECT_TRUE(bed.said(kReady));
}

TEST(OwnershipStart, StablePeerWithoutOurGroupsLetsUsTakeThem) {
  Bed bed;
  bed.comm_up();
  bed.sent();
  bed.hear("resource rsc_hold=local rtype=full isstable=1");
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.1"});
  EXPECT_EQ(bed.log()[0], "info: remote resource transition completed.");
}

TEST(OwnershipStart, StablePeerWithOurGroupsKeepsThem) {
  Bed bed(two_nodes(Failback::kOff));
  bed.comm_up();
  bed.sent();
  bed.hear("resource rsc_hold=all rtype=full isstable=1");
  EXPECT_EQ(bed.jobs(), Lines{});
  EXPECT_TRUE(bed.said("info: Local Resource acquisition completed. (none)"));
  EXPECT_TRUE(bed.said("info: Initial resource acquisition complete (T_RESOURCES(them))"));
  EXPECT_EQ(bed.status(), "none");
}

TEST(OwnershipStart, ResourceBeforeCommUpIsAnError) {
  Bed bed;
  bed.hear(kNoneUnstable);
  EXPECT_EQ(bed.log(), Lines{"ERROR: resource message received in state 0"});
}

TEST(OwnershipStart, ResourceWithoutHoldIsAnError) {
  BothLocal bed;
  bed.hear("resource rtype=full isstable=1");
  EXPECT_EQ(bed.log(), Lines{"ERROR: resource message without rsc_hold field."});
}

TEST(OwnershipStart, UnknownHoldIsNothing) {
  BothLocal bed;
  bed.hear("resource rsc_hold=much rtype=full isstable=0");
  EXPECT_EQ(bed.log(), Lines{"ERROR: encode_resources: bad resource type [much]"});
}

TEST(OwnershipStart, UnstablePeerPutsUsInTransition) {
  BothLocal bed;
  EXPECT_EQ(bed.status(), "local");
  bed.hear("resource rsc_hold=local rtype=full isstable=0");
  EXPECT_EQ(bed.status(), "transition");
  bed.hear("resource rsc_hold=local rtype=full isstable=1");
  EXPECT_EQ(bed.status(), "local");
  EXPECT_EQ(bed.log(), Lines{"info: remote resource transition completed."});
}

TEST(OwnershipStart, MessageOvertakenByANewerOneChangesNothing) {
  BothLocal bed;
  bed.hear("resource rsc_hold=all rtype=full isstable=1 seq=500");
  bed.forget();
  bed.hear("resource rsc_hold=none rtype=full isstable=1 seq=4ff");
  EXPECT_EQ(bed.jobs(), Lines{});
}

TEST(OwnershipStart, NodeWithoutGroupsSaysSo) {
  Config config = two_nodes();
  config.groups = {{"nodeb", {"D"}}};
  Bed bed(config);
  bed.comm_up();
  bed.hear("resource rsc_hold=local rtype=full isstable=1");
  EXPECT_TRUE(
      bed.said("info: No local resources [/usr/share/heartbeat/ResourceManager listkeys nodea] to "
               "acquire."));
}

TEST(OwnershipStart, NodeAloneInTheClusterNeedsNoMessageAtAll) {
  Config config = two_nodes();
  config.nodes = {{"nodea", NodeKind::kNormal}};
  Bed bed(config);
  bed.comm_up();
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.1"});
}

TEST(OwnershipStart, HeldGroupsOfTheFormerLifeAreNotStartedAgain) {
  Config config = two_nodes();
  config.held_at_start = "all";
  Bed bed(config);
  bed.comm_up();
  bed.hear("resource rsc_hold=none rtype=full isstable=1");
  EXPECT_EQ(bed.jobs(), Lines{});
  EXPECT_EQ(bed.status(), "all");
}

// Decision R5.
TEST(OwnershipStart, RestartedHolderOfOurGroupsLeavesThemToUs) {
  Bed bed(two_nodes(Failback::kOff));
  bed.comm_up();
  bed.hear("resource rsc_hold=all rtype=full isstable=1");
  bed.forget();
  bed.restarts();
  bed.hear("starting");
  EXPECT_EQ(bed.jobs(), Lines{});
  bed.hear("resource rsc_hold=local rtype=full isstable=1");
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.1"});
}

TEST(OwnershipStart, RestartedHolderThatStillHoldsThemKeepsThem) {
  Bed bed(two_nodes(Failback::kOff));
  bed.comm_up();
  bed.hear("resource rsc_hold=all rtype=full isstable=1");
  bed.forget();
  bed.restarts();
  bed.hear("starting");
  bed.hear("resource rsc_hold=all rtype=full isstable=1");
  EXPECT_EQ(bed.jobs(), Lines{});
}

TEST(OwnershipStart, GroupsThatNobodyOwnsAreReportedOnce) {
  BothLocal bed;
  bed.hear("resource rsc_hold=none rtype=full isstable=1 umheld=- umtook=-");
  bed.pass(5s);
  EXPECT_EQ(bed.log(), Lines{"ERROR: No one owns foreign resources!"});
}

// Decision S2.
Config with_sync_daemon() {
  Config config = two_nodes(Failback::kOff);
  config.groups = {{"nodea", {"ldirectord", "LVSSyncDaemonSwap::master", "IPaddr2::10.9.0.1"}}};
  return config;
}

TEST(OwnershipStart, StandbyStartsItsBackupSyncDaemonOnce) {
  Bed bed(with_sync_daemon());
  bed.comm_up();
  bed.hear("resource rsc_hold=all rtype=full isstable=1");
  EXPECT_EQ(bed.jobs(), Lines{"backup ldirectord"});
  bed.finish_all();
  bed.hear("resource rsc_hold=all rtype=full isstable=1");
  EXPECT_EQ(bed.jobs(), Lines{});
}

TEST(OwnershipStart, ActiveNodeDoesNotStopItsSyncDaemon) {
  Bed bed(with_sync_daemon());
  bed.comm_up();
  bed.hear("resource rsc_hold=none rtype=full isstable=1");
  bed.finish_all();
  EXPECT_EQ(bed.jobs(), Lines{"take ldirectord"});
}

// Legacy.
TEST(OwnershipStart, LegacyAsksThePeerForEachGroup) {
  Bed bed(two_nodes(Failback::kLegacy));
  bed.comm_up();
  EXPECT_EQ(bed.sent(), Lines{"ip-request ipaddr=10.9.0.1"});
  EXPECT_EQ(bed.jobs(), Lines{});
  bed.hear("ip-request-resp dest=nodea ipaddr=10.9.0.1 weown=no ok=OK");
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.1"});
  EXPECT_TRUE(bed.said("info: received ip-request-resp 10.9.0.1 OK no"));
}

TEST(OwnershipStart, LegacyAloneTakesWithoutAsking) {
  Bed bed(two_nodes(Failback::kLegacy));
  bed.view().at("nodeb").status = NodeStatus::kUp;
  bed.comm_up();
  EXPECT_EQ(bed.sent(), Lines{"ip-request-resp dest=nodea ipaddr=10.9.0.1 weown=yes ok=OK"});
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.1"});
  EXPECT_TRUE(bed.said("info: Local Resource acquisition completed."));
}

TEST(OwnershipStart, LegacyRestartInPlaceTakesNothing) {
  Config config = two_nodes(Failback::kLegacy);
  config.held_at_start = "local";
  Bed bed(config);
  bed.comm_up();
  EXPECT_EQ(bed.sent(), Lines{});
}

TEST(OwnershipStart, LegacyGivesAGroupToWhoeverAsks) {
  Bed bed(two_nodes(Failback::kLegacy));
  bed.comm_up();
  bed.dies();
  bed.finish_all();
  bed.forget();
  bed.restarts();
  bed.hear("ip-request ipaddr=10.9.0.2");
  EXPECT_EQ(bed.jobs(), Lines{"give 10.9.0.2"});
  EXPECT_EQ(bed.sent(), Lines{});
  bed.finish();
  EXPECT_EQ(bed.sent(), Lines{"ip-request-resp dest=nodeb ipaddr=10.9.0.2 weown=yes ok=OK"});
}

TEST(OwnershipStart, LegacyAnswersAtOnceForAGroupThatIsNotHere) {
  Bed bed(two_nodes(Failback::kLegacy));
  bed.comm_up();
  bed.forget();
  bed.hear("ip-request ipaddr=10.9.0.2");
  EXPECT_EQ(bed.sent(), Lines{"ip-request-resp dest=nodeb ipaddr=10.9.0.2 weown=no ok=OK"});
  EXPECT_EQ(bed.jobs(), Lines{});
}

// Scripts of the user in rc.d.
TEST(OwnershipStart, UserScriptForAResponseIsRunInsteadOfUs) {
  Config config = two_nodes(Failback::kLegacy);
  config.rc_scripts = {"ip-request-resp"};
  Bed bed(config);
  bed.comm_up();
  bed.hear("ip-request-resp dest=nodea ipaddr=10.9.0.1 weown=no ok=OK");
  EXPECT_EQ(bed.jobs(), Lines{"script ip-request-resp"});
  EXPECT_EQ(bed.environment["HA_ipaddr"], "10.9.0.1");
  EXPECT_EQ(bed.environment["HA_src"], "nodeb");
  EXPECT_EQ(bed.environment["HA_OSTATUS"], "active");
}

TEST(OwnershipStart, UserScriptForAnyOtherTypeIsRunWhenTheMessageComes) {
  Config config = two_nodes();
  config.rc_scripts = {"siteevent"};
  Bed bed(config);
  bed.comm_up();
  bed.hear("siteevent colour=red");
  EXPECT_EQ(bed.jobs(), Lines{"script siteevent"});
  EXPECT_EQ(bed.environment["HA_colour"], "red");
  EXPECT_EQ(bed.environment["HA_NICEFAILBACK"], "yes");
  bed.hear("otherevent colour=red");
  EXPECT_EQ(bed.jobs(), Lines{});
}

TEST(OwnershipStart, UserScriptForStatusHearsOfEveryChange) {
  Config config = two_nodes();
  config.rc_scripts = {"status"};
  Bed bed(config);
  bed.status("nodeb", NodeStatus::kActive);
  EXPECT_EQ(bed.jobs(), Lines{"script status"});
  EXPECT_EQ(bed.environment["HA_st"], "active");
}

TEST(OwnershipStart, LocalGiveipLeavesIpRequestToTheScript) {
  Config config = two_nodes(Failback::kLegacy);
  config.rc_scripts = {"local_giveip"};
  Bed bed(config);
  bed.comm_up();
  bed.hear("ip-request ipaddr=10.9.0.1");
  EXPECT_EQ(bed.jobs(), Lines{"script ip-request"});
}

}  // namespace
}  // namespace um::cluster::bed
