// Spec heartbeat-resources 6.2 and 6.4: death, graceful leave, fencing; decisions R3, R5, R11, R20.
#include "tests/unit/cluster/ownership_bed.hpp"

namespace um::cluster::bed {
namespace {

bool contains(const Lines& lines, const std::string& line) {
  return std::ranges::find(lines, line) != lines.end();
}

TEST(OwnershipTakeover, UncleanDeathIsTakenOverWithWarnings) {
  BothLocal bed;
  bed.dies();
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.2"});
  Lines log = bed.log();
  EXPECT_TRUE(contains(log, "WARN: No STONITH device configured."));
  EXPECT_TRUE(contains(log, "WARN: Shared disks are not protected."));
  EXPECT_TRUE(contains(log, "info: Resources being acquired from nodeb."));
  EXPECT_TRUE(contains(log, "info: Taking over resource group 10.9.0.2"));
  EXPECT_TRUE(contains(bed.sent(), "stonith node=nodeb result=n_stnth"));
  EXPECT_EQ(bed.status(), "transition");
}

TEST(OwnershipTakeover, CompletedTakeoverIsToldToTheCluster) {
  BothLocal bed;
  bed.dies();
  bed.forget();
  bed.finish();
  EXPECT_EQ(bed.sent(), Lines{"resource rsc_hold=foreign info=mach_down"});
  EXPECT_EQ(
      bed.log(),
      (Lines{"info: /usr/share/heartbeat/mach_down: nice_failback: foreign resources acquired",
             "info: mach_down takeover complete for node nodeb.",
             "info: mach_down takeover complete."}));
  EXPECT_EQ(bed.status(), "all");
}

TEST(OwnershipTakeover, DeathBeforeCommUpWaitsForIt) {
  Bed bed;
  bed.dies("nodeb", false);
  EXPECT_EQ(bed.jobs(), Lines{});
  bed.comm_up();
  bed.finish_all();
  EXPECT_EQ(bed.jobs(), (Lines{"take 10.9.0.2", "take 10.9.0.1"}));
  EXPECT_EQ(bed.status(), "all");
  EXPECT_TRUE(bed.said("info: Initial resource acquisition complete (mach_down)"));
}

TEST(OwnershipTakeover, GracefulLeaveHandsOverAtOnce) {
  BothLocal bed;
  bed.hear("resource rsc_hold=none rtype=full isstable=0 info=shutdown");
  EXPECT_EQ(bed.jobs(), Lines{});
  bed.hear("shutdone st=dead");
  EXPECT_TRUE(contains(bed.jobs(), "take 10.9.0.2"));
  EXPECT_TRUE(bed.said("info: Received shutdown notice from 'nodeb'."));
  EXPECT_TRUE(bed.said("info: acquire local HA resources (standby)."));
  bed.finish_all();
  EXPECT_EQ(bed.status(), "all");
}

TEST(OwnershipTakeover, DeathAfterAGracefulLeaveNeedsNothing) {
  BothLocal bed;
  bed.hear("resource rsc_hold=none rtype=full isstable=0 info=shutdown");
  bed.hear("shutdone st=dead");
  bed.finish_all();
  bed.forget();
  bed.dies();
  EXPECT_EQ(bed.log(), Lines{"info: Dead node nodeb gave up resources."});
  EXPECT_EQ(bed.sent(), Lines{"stonith node=nodeb result=unneeded"});
  EXPECT_EQ(bed.jobs(), Lines{});
}

// Decision R11: 3.0.6 took this for a peaceful end and did not fence.
TEST(OwnershipTakeover, DeathInTheMiddleOfAGracefulLeaveIsUnclean) {
  Config config = two_nodes();
  config.stonith = true;
  BothLocal bed(config);
  bed.hear("resource rsc_hold=none rtype=full isstable=0 info=shutdown");
  bed.dies();
  EXPECT_EQ(bed.jobs(), Lines{"stonith nodeb"});
}

TEST(OwnershipTakeover, NothingIsTakenBeforeTheFenceHasSucceeded) {
  Config config = two_nodes();
  config.stonith = true;
  BothLocal bed(config);
  bed.dies();
  EXPECT_EQ(bed.jobs(), Lines{"stonith nodeb"});
  bed.finish(0);
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.2"});
  EXPECT_TRUE(contains(bed.sent(), "stonith node=nodeb result=OK"));
}

TEST(OwnershipTakeover, FailedFenceIsTriedAgainAfterFiveSeconds) {
  Config config = two_nodes();
  config.stonith = true;
  BothLocal bed(config);
  bed.dies();
  bed.forget();
  bed.finish(1);
  EXPECT_EQ(bed.log(), Lines{"ERROR: STONITH of nodeb failed.  Retrying..."});
  EXPECT_EQ(bed.sent(), Lines{"stonith node=nodeb result=bad"});
  bed.pass(4900ms);
  EXPECT_EQ(bed.jobs(), Lines{});
  bed.pass(200ms);
  EXPECT_EQ(bed.jobs(), Lines{"stonith nodeb"});
}

TEST(OwnershipTakeover, ColdStartAloneFencesTheNodeThatWasNeverHeard) {
  Config config = two_nodes();
  config.stonith = true;
  Bed bed(config);
  bed.dies("nodeb", false);
  bed.comm_up();
  EXPECT_EQ(bed.jobs(), Lines{"stonith nodeb"});
  bed.pass(20s);
  EXPECT_EQ(bed.jobs(), Lines{});
}

TEST(OwnershipTakeover, ReturnOfTheNodeEndsTheFencing) {
  Config config = two_nodes();
  config.stonith = true;
  BothLocal bed(config);
  bed.dies();
  bed.finish(1);
  bed.forget();
  bed.restarts();
  bed.pass(1min);
  EXPECT_EQ(bed.jobs(), Lines{});
}

TEST(OwnershipTakeover, DeadPingNodeIsNobodysBusiness) {
  Config config = two_nodes();
  config.nodes.push_back({"router", NodeKind::kPing});
  BothLocal bed(config);
  bed.dies("router");
  EXPECT_EQ(bed.jobs(), Lines{});
  EXPECT_EQ(bed.log(), Lines{});
}

TEST(OwnershipTakeover, UserScriptForStatusTakesOver) {
  Config config = two_nodes();
  config.rc_scripts = {"status"};
  BothLocal bed(config);
  bed.dies();
  EXPECT_EQ(bed.jobs(), Lines{"script status"});
  EXPECT_EQ(bed.environment["HA_st"], "dead");
  EXPECT_EQ(bed.environment["HA_src"], "nodeb");
  bed.hear("resource rsc_hold=foreign info=mach_down", "nodea");
  bed.finish_all();
  EXPECT_EQ(bed.status(), "all");
}

// Decision R2: a returning peer hears "stable" only when the takeover from it is over.
TEST(OwnershipTakeover, ReturnDuringTheTakeoverWaitsForItsEnd) {
  BothLocal bed;
  bed.dies();
  bed.restarts();
  bed.forget();
  bed.hear("starting");
  EXPECT_EQ(bed.log(), Lines{"WARN: T_STARTING received during takeover."});
  EXPECT_EQ(bed.sent(), Lines{"resource rsc_hold=all rtype=full isstable=0"});
  bed.hear("resource rsc_hold=none rtype=full isstable=1");
  EXPECT_FALSE(contains(bed.sent(), "ask_resources rsc_hold=foreign info=me"));
  bed.finish_all();
  Lines sent = bed.sent();
  EXPECT_TRUE(contains(sent, "resource rsc_hold=all rtype=full isstable=1"));
  EXPECT_TRUE(contains(sent, "ask_resources rsc_hold=foreign info=me"));
}

// Decision R20.
Config three_nodes(const std::string& self) {
  Config config = two_nodes();
  config.node = self;
  config.nodes = {
      {"nodea", NodeKind::kNormal}, {"nodeb", NodeKind::kNormal}, {"nodec", NodeKind::kNormal}};
  config.groups.push_back({"nodec", {"F"}});
  return config;
}

TEST(OwnershipTakeover, OfTwoSurvivorsTheFirstByNameTakesOver) {
  for (auto [self, jobs] : {std::pair<std::string, Lines>{"nodea", {"take F"}}, {"nodeb", {}}}) {
    Bed bed(three_nodes(self));
    bed.comm_up();
    for (const char* other : {"nodea", "nodeb", "nodec"})
      if (other != self)
        bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=" + std::string(other) +
                     " umtook=-",
                 other);
    bed.finish_all();
    bed.forget();
    bed.dies("nodec");
    EXPECT_EQ(bed.jobs(), jobs) << self;
  }
}

TEST(OwnershipTakeover, ThirdNodesGroupsAreNoConflict) {
  Bed bed(three_nodes("nodea"));
  bed.comm_up();
  bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-", "nodeb");
  bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodec umtook=-", "nodec");
  bed.dies("nodec");
  bed.finish_all();
  bed.forget();
  bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-", "nodeb");
  EXPECT_FALSE(bed.said("ERROR: Both machines own foreign resources!"));
  EXPECT_EQ(bed.jobs(), Lines{});
}

// Decision R3.
TEST(OwnershipTakeover, HealedPartitionEndsWithTheNodeThatTookOverLettingGo) {
  HolderOfAll bed;
  bed.returns();
  EXPECT_EQ(bed.sent(), Lines{"resource rsc_hold=all rtype=full isstable=1"});
  bed.hear("resource rsc_hold=all rtype=full isstable=1 umheld=nodea,nodeb umtook=nodea");
  EXPECT_TRUE(bed.said("ERROR: Both machines own our resources!"));
  EXPECT_TRUE(bed.said("ERROR: Both machines own foreign resources!"));
  EXPECT_EQ(bed.jobs(), Lines{"give 10.9.0.2"});
  bed.sent();
  bed.finish();
  EXPECT_EQ(bed.sent(), Lines{"resource rsc_hold=local rtype=full isstable=1"});
}

TEST(OwnershipTakeover, KeeperAnnouncesItsAddressesAgainAndAfterTheOthersReport) {
  HolderOfAll bed;
  bed.returns();
  bed.hear("resource rsc_hold=all rtype=full isstable=1 umheld=nodea,nodeb umtook=nodea");
  bed.pass(3500ms);
  EXPECT_EQ(bed.announcements(), 4);
  bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-");
  bed.pass(1ms);
  EXPECT_EQ(bed.announcements(), 1);
}

TEST(OwnershipTakeover, WhenNothingSaysWhoTookOverTheLaterNameLetsGo) {
  for (auto [peer_took, jobs] : {std::pair<std::string, Lines>{"-", {}}, {"nodea", {}}}) {
    BothLocal bed;
    bed.hear("resource rsc_hold=all rtype=full isstable=1 umheld=nodea,nodeb umtook=" + peer_took);
    EXPECT_EQ(bed.jobs(), jobs);
  }
  Config config = two_nodes();
  config.node = "nodeb";
  Bed late(config);
  late.comm_up();
  late.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodea umtook=-", "nodea");
  late.finish_all();
  late.forget();
  late.hear("resource rsc_hold=all rtype=full isstable=1 umheld=nodea,nodeb umtook=-", "nodea");
  EXPECT_EQ(late.jobs(), Lines{"give 10.9.0.2"});
}

TEST(OwnershipTakeover, OldPeerRestartsByItselfAndWeKeepEverything) {
  HolderOfAll bed;
  bed.view().at("nodeb").new_pair = false;
  bed.returns();
  EXPECT_EQ(bed.sent(), Lines{});
  bed.hear("resource rsc_hold=none rtype=full isstable=0 info=shutdown");
  bed.hear("shutdone st=dead");
  bed.finish_all();
  EXPECT_FALSE(contains(bed.jobs(), "give 10.9.0.1"));
  bed.pass(1ms);
  EXPECT_EQ(bed.announcements(), 1);
  EXPECT_EQ(bed.status(), "all");
}

TEST(OwnershipTakeover, LegacyPairGivesBackWhatBelongsToTheOther) {
  Bed bed(two_nodes(Failback::kLegacy));
  bed.comm_up();
  bed.hear("ip-request-resp dest=nodea ipaddr=10.9.0.1 weown=no ok=OK");
  bed.dies();
  bed.finish_all();
  bed.forget();
  bed.returns();
  EXPECT_EQ(bed.jobs(), Lines{"give 10.9.0.2"});
  bed.finish_all();
  EXPECT_EQ(bed.sent(), Lines{"ip-request-resp dest=nodeb ipaddr=10.9.0.2 weown=yes ok=OK"});
}

}  // namespace
}  // namespace um::cluster::bed
