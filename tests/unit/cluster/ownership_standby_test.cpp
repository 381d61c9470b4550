// Spec heartbeat-resources 6.3, row by row, automatic failback, and decisions R2, R4, R6, R7.
#include "tests/unit/cluster/ownership_bed.hpp"

namespace um::cluster::bed {
namespace {

const std::string kMe = "ask_resources rsc_hold=all info=me";
const std::string kOther = "ask_resources rsc_hold=all info=other";
const std::string kDone = "ask_resources rsc_hold=all info=done";
const std::string kNoReply = "WARN: No reply to standby request.  Standby request cancelled.";

bool contains(const Lines& lines, const std::string& line) {
  return std::ranges::find(lines, line) != lines.end();
}

// ---- we go standby ------------------------------------------------------------------------------

TEST(OwnershipStandby, OurRequestWaitsForThePeersAnswer) {
  BothLocal bed;
  bed.command(kMe);
  EXPECT_EQ(bed.log(), Lines{"info: nodea wants to go standby [all]"});
  EXPECT_EQ(bed.jobs(), Lines{});
  EXPECT_EQ(bed.status(), "transition");
}

TEST(OwnershipStandby, AnswerLetsUsRelease) {
  BothLocal bed;
  bed.command(kMe);
  bed.forget();
  bed.hear(kOther);
  EXPECT_EQ(bed.log(), (Lines{"info: standby: nodeb can take our all resources",
                              "info: give up all HA resources (standby)."}));
  EXPECT_EQ(bed.sent(), Lines{"resource rsc_hold=none rtype=full isstable=0 info=standby"});
  EXPECT_EQ(bed.jobs(), Lines{"give 10.9.0.1"});
  bed.finish();
  EXPECT_EQ(bed.jobs(), Lines{"give 10.9.0.2"});
  bed.finish();
  EXPECT_EQ(bed.sent(), Lines{kDone});
  EXPECT_EQ(bed.log(), (Lines{"info: all HA resource release completed (standby).",
                              "info: Local standby process completed [all]."}));
}

TEST(OwnershipStandby, DoneOfThePeerEndsIt) {
  BothLocal bed;
  bed.command(kMe);
  bed.hear(kOther);
  bed.finish_all();
  bed.forget();
  bed.hear(kDone);
  EXPECT_EQ(bed.log(), Lines{"info: Other node completed standby takeover of all resources."});
  EXPECT_EQ(bed.sent(), Lines{"resource rsc_hold=none rtype=full isstable=1"});
  bed.hear("resource rsc_hold=all rtype=full isstable=1 umheld=nodea,nodeb umtook=-");
  EXPECT_EQ(bed.status(), "none");
}

TEST(OwnershipStandby, NoAnswerInTenSecondsMovesNothing) {
  BothLocal bed;
  bed.command(kMe);
  bed.forget();
  bed.pass(9900ms);
  EXPECT_EQ(bed.log(), Lines{});
  bed.pass(200ms);
  EXPECT_EQ(bed.log(), Lines{kNoReply});
  EXPECT_EQ(bed.jobs(), Lines{});
  EXPECT_EQ(bed.status(), "local");
}

TEST(OwnershipStandby, SecondRequestIsRefusedWithTheTimeLeft) {
  BothLocal bed;
  bed.command(kMe);
  bed.forget();
  bed.pass(4500ms);
  bed.command("ask_resources rsc_hold=local info=me");
  EXPECT_EQ(bed.log(), Lines{"WARN: Standby in progress- new request from nodea ignored "
                             "[6 seconds left]"});
}

TEST(OwnershipStandby, UnstablePeerRefusesOurRequest) {
  BothLocal bed;
  bed.hear("resource rsc_hold=local rtype=full isstable=0");
  bed.command(kMe);
  EXPECT_EQ(bed.log(),
            Lines{"WARN: standby message [me] from nodea ignored.  Other side is in flux."});
}

TEST(OwnershipStandby, LocalGivesOwnGroupsForeignGivesTheOthers) {
  for (auto [set, jobs] : {std::pair<std::string, Lines>{"local", {"give 10.9.0.1"}},
                           {"foreign", {"give 10.9.0.2"}}}) {
    HolderOfAll bed;
    bed.restarts();
    bed.hear("resource rsc_hold=none rtype=full isstable=1 umheld=- umtook=-");
    bed.pass(11s);  // the automatic request finds no answer
    bed.forget();
    bed.command("ask_resources rsc_hold=" + set + " info=me");
    bed.hear("ask_resources rsc_hold=" + set + " info=other");
    EXPECT_EQ(bed.jobs(), jobs) << set;
  }
}

// ---- the peer goes standby ----------------------------------------------------------------------

TEST(OwnershipStandby, PeersRequestIsAnswered) {
  BothLocal bed;
  bed.hear(kMe);
  EXPECT_EQ(bed.log(), Lines{"info: nodeb wants to go standby [all]"});
  EXPECT_EQ(bed.sent(), Lines{kOther});
}

TEST(OwnershipStandby, PeersReleaseLetsUsAcquire) {
  BothLocal bed;
  bed.hear(kMe);
  bed.hear("resource rsc_hold=none rtype=full isstable=0 info=standby");
  bed.forget();
  bed.hear(kDone);
  EXPECT_EQ(bed.log(), (Lines{"info: standby: acquire [all] resources from nodeb",
                              "info: acquire all HA resources (standby)."}));
  bed.finish_all();
  EXPECT_EQ(bed.jobs(), (Lines{"take 10.9.0.1", "take 10.9.0.2"}));
  EXPECT_EQ(bed.log(), (Lines{"info: all HA resource acquisition completed (standby).",
                              "info: Standby resource acquisition done [all]."}));
  EXPECT_EQ(bed.sent(), (Lines{kDone, "resource rsc_hold=all rtype=full isstable=1"}));
}

TEST(OwnershipStandby, ForeignOfThePeerIsOurOwn) {
  BothLocal bed;
  bed.hear("ask_resources rsc_hold=foreign info=me");
  bed.hear("resource rsc_hold=local rtype=full isstable=0 info=standby");
  bed.hear("ask_resources rsc_hold=foreign info=done");
  bed.finish_all();
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.1"});
  EXPECT_TRUE(bed.said("info: acquire local HA resources (standby)."));
}

TEST(OwnershipStandby, UnexpectedMessagesAreErrors) {
  BothLocal bed;
  bed.hear(kOther);
  bed.hear(kDone);
  EXPECT_EQ(bed.log(), (Lines{"ERROR: Ignored standby message 'other' from nodeb in state 0",
                              "ERROR: Ignored standby message 'done' from nodeb in state 0"}));
}

TEST(OwnershipStandby, MessageWithoutInfoIsAnError) {
  BothLocal bed;
  bed.hear("ask_resources rsc_hold=all");
  EXPECT_EQ(bed.log(), Lines{"ERROR: Received standby message without info/from"});
}

TEST(OwnershipStandby, LegacyKnowsNoStandby) {
  Bed bed(two_nodes(Failback::kLegacy));
  bed.comm_up();
  bed.forget();
  bed.hear(kMe);
  EXPECT_EQ(bed.log(), Lines{"info: Standby mode only implemented when nice_failback on"});
}

TEST(OwnershipStandby, TakeoverRequestOfThePeerIsOurStandby) {
  for (auto [asked, ours] : {std::pair<std::string, std::string>{"all", "all"},
                             {"local", "foreign"},
                             {"foreign", "local"},
                             {"failback", "foreign"}}) {
    BothLocal bed;
    bed.hear("hb_takeover rsc_hold=" + asked);
    EXPECT_EQ(bed.sent(), Lines{"ask_resources rsc_hold=" + ours + " info=me"}) << asked;
    EXPECT_TRUE(bed.said("info: Going standby [" + ours + "]."));
  }
}

TEST(OwnershipStandby, OwnTakeoverRequestIsForTheOthers) {
  BothLocal bed;
  bed.command("hb_takeover rsc_hold=all");
  EXPECT_EQ(bed.sent(), Lines{});
}

// ---- decision R2: our own work first ------------------------------------------------------------

TEST(OwnershipStandby, RequestIsAnsweredWhenOurOwnWorkIsDone) {
  Bed bed;
  bed.comm_up();
  bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-");
  bed.forget();
  bed.hear(kMe);
  EXPECT_EQ(bed.sent(), Lines{});
  bed.pass(7s);
  bed.finish_all();
  EXPECT_EQ(bed.sent(), Lines{kOther});
}

TEST(OwnershipStandby, RequestThatWeCannotServeInTimeIsNotAnswered) {
  Bed bed;
  bed.comm_up();
  bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-");
  bed.forget();
  bed.hear(kMe);
  bed.pass(8100ms);
  EXPECT_EQ(bed.log(),
            Lines{"WARN: standby message [me] from nodeb ignored.  local resources in flux."});
  bed.finish_all();
  EXPECT_EQ(bed.sent(), Lines{});
}

// ---- decision R4 --------------------------------------------------------------------------------

TEST(OwnershipStandby, PeersDeathDuringOurReleaseEndsWithEverythingHere) {
  BothLocal bed;
  bed.command(kMe);
  bed.hear(kOther);
  bed.forget();
  bed.dies();
  EXPECT_TRUE(bed.said("info: Cancelling pending standby operation"));
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.2"});  // the give of our own is still running
  bed.finish_all();
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.1"});
  EXPECT_FALSE(contains(bed.sent(), kDone));
  EXPECT_EQ(bed.status(), "all");
}

// ---- decision R6 --------------------------------------------------------------------------------

TEST(OwnershipStandby, RequestThatAPartitionHasDelayedIsIgnored) {
  BothLocal bed;
  std::int64_t now = bed.unix_now();
  bed.view().at("nodeb").newest_ts = now;
  std::ostringstream old;
  old << std::hex << now - 11;
  bed.hear(kMe + " ts=" + old.str());
  EXPECT_EQ(bed.log(),
            Lines{"WARN: standby message [me] from nodeb ignored.  Other side is in flux."});
  EXPECT_EQ(bed.sent(), Lines{});
}

TEST(OwnershipStandby, PartnerThatNeverBeginsToReleaseIsGivenUpAfterThirtySeconds) {
  BothLocal bed;
  bed.hear(kMe);
  bed.forget();
  bed.pass(31s);
  EXPECT_EQ(bed.log(), Lines{kNoReply});
  EXPECT_EQ(bed.status(), "local");
}

TEST(OwnershipStandby, PartnerThatReleasesSlowlyIsWaitedFor) {
  BothLocal bed;
  bed.hear(kMe);
  bed.hear("resource rsc_hold=none rtype=full isstable=0 info=standby");
  bed.forget();
  bed.pass(50min);
  EXPECT_EQ(bed.log(), Lines{});
  bed.hear(kDone);
  EXPECT_EQ(bed.jobs(), Lines{"take 10.9.0.1"});
}

TEST(OwnershipStandby, PartnerThatIsStableAgainHasCancelled) {
  BothLocal bed;
  bed.hear(kMe);
  bed.forget();
  bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-");
  bed.pass(3s);
  EXPECT_TRUE(contains(bed.log(), kNoReply));
  EXPECT_EQ(bed.status(), "local");
}

TEST(OwnershipStandby, RestartOfThePartnerEndsTheStandby) {
  BothLocal bed;
  bed.hear(kMe);
  bed.restarts();
  EXPECT_TRUE(bed.said("info: Cancelling pending standby operation"));
}

// ---- automatic failback -------------------------------------------------------------------------

TEST(OwnershipStandby, GroupsGoHomeWhenTheirNodeIsStable) {
  HolderOfAll bed;
  bed.restarts();
  bed.hear("starting");
  bed.forget();
  bed.hear("resource rsc_hold=none rtype=full isstable=1 umheld=- umtook=-");
  EXPECT_TRUE(contains(bed.sent(), "ask_resources rsc_hold=foreign info=me"));
}

TEST(OwnershipStandby, FailbackOffMovesNothing) {
  HolderOfAll bed(two_nodes(Failback::kOff));
  bed.restarts();
  bed.hear("starting");
  bed.forget();
  bed.hear("resource rsc_hold=none rtype=full isstable=1 umheld=- umtook=-");
  bed.pass(1min);
  EXPECT_FALSE(contains(bed.sent(), "ask_resources rsc_hold=foreign info=me"));
}

TEST(OwnershipStandby, FailbackDelayGivesTheReturnedNodeTime) {
  Config config = two_nodes();
  config.failback_delay = 60s;
  HolderOfAll bed(config);
  bed.restarts();
  bed.hear("starting");
  bed.hear("resource rsc_hold=none rtype=full isstable=1 umheld=- umtook=-");
  bed.forget();
  bed.pass(59s);
  EXPECT_EQ(bed.sent(), Lines{});
  bed.pass(2s);
  EXPECT_EQ(bed.sent(), Lines{"ask_resources rsc_hold=foreign info=me"});
}

TEST(OwnershipStandby, GroupsGivenByHandDoNotComeBackByThemselves) {
  BothLocal bed;
  bed.hear(kMe);
  bed.hear("resource rsc_hold=none rtype=full isstable=0 info=standby");
  bed.hear(kDone);
  bed.finish_all();
  bed.forget();
  bed.hear("resource rsc_hold=none rtype=full isstable=1 umheld=- umtook=-");
  bed.pass(1min);
  EXPECT_FALSE(contains(bed.sent(), "ask_resources rsc_hold=foreign info=me"));
}

// ---- decision R7 --------------------------------------------------------------------------------

struct StartFails : Bed {
  StartFails() {
    comm_up();
    hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-");
    finish(1);
    forget();
  }
};

TEST(OwnershipStandby, SetOfAGroupThatCannotStartIsOfferedAfterThirtySeconds) {
  StartFails bed;
  bed.pass(29s);
  EXPECT_EQ(bed.sent(), Lines{});
  bed.pass(2s);
  EXPECT_EQ(bed.sent(), Lines{"ask_resources rsc_hold=local info=me"});
  EXPECT_TRUE(bed.said("info: Going standby [local]."));
}

TEST(OwnershipStandby, RefusedOfferIsRepeatedAfterAnHourOnly) {
  StartFails bed;
  bed.pass(50s);
  bed.forget();
  bed.pass(50min);
  EXPECT_EQ(bed.sent(), Lines{});
  bed.pass(20min);
  EXPECT_EQ(bed.sent(), Lines{"ask_resources rsc_hold=local info=me"});
  EXPECT_TRUE(
      bed.said("ERROR: resource group 10.9.0.1 could not be started and is down; see the "
               "log of its scripts"));
}

TEST(OwnershipStandby, NothingIsOfferedToADeadPeer) {
  StartFails bed;
  bed.dies();
  bed.finish_all();
  bed.forget();
  bed.pass(1min);
  EXPECT_EQ(bed.sent(), Lines{});
}

TEST(OwnershipStandby, RestartedPeerIsAskedOnceMore) {
  StartFails bed;
  bed.pass(50s);
  bed.restarts();
  bed.hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-");
  bed.forget();
  bed.pass(31s);
  EXPECT_EQ(bed.sent(), Lines{"ask_resources rsc_hold=local info=me"});
}

}  // namespace
}  // namespace um::cluster::bed
