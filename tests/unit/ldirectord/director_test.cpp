#include "ldirectord/director.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ldirectord/director_bed.hpp"

namespace um::ldirectord {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kTwo{"real=10.1.0.1:80 gate", "real=10.1.0.2:80 gate",
                                    "fallback=127.0.0.1:80 gate"};

class DirectorTest : public DirectorBed {};

// ---- start (decisions L2, L21)

TEST_F(DirectorTest, GivesNoWeightBeforeTheFirstSuccess) {
  start(http_virtual("quiescent=yes", kTwo));
  EXPECT_EQ(table(),
            "-A -t 10.0.0.1:80 -s wrr\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 0\n");
  EXPECT_THAT(take_log(),
              ElementsAre("Added virtual server: 10.0.0.1:80",
                          "Quiescent real server: 10.1.0.1:80 (10.0.0.1:80) (Weight set to 0)",
                          "Quiescent real server: 10.1.0.2:80 (10.0.0.1:80) (Weight set to 0)"));
  EXPECT_THAT(mails_, IsEmpty());
}

TEST_F(DirectorTest, HoldsTheFallbackBackUntilAllFirstResultsAreIn) {
  down("10.1.0.1:80");
  down("10.1.0.2:80");
  start(http_virtual("", kTwo));
  const JobId first = director_.jobs()[0].id;
  director_.begin(first, now_);
  director_.finish(first, {false, "refused", {}}, Duration{0}, now_);
  director_.settle(now_);
  EXPECT_EQ(table(), "-A -t 10.0.0.1:80 -s wrr\n");
  pass();
  EXPECT_THAT(table(), HasSubstr("127.0.0.1:80"));
}

TEST_F(DirectorTest, HoldsTheFallbackBackForASecondAtMost) {
  start(http_virtual("", kTwo));
  ASSERT_EQ(director_.next_wakeup(), now_ + std::chrono::seconds(1));
  director_.settle(*director_.next_wakeup());
  EXPECT_THAT(table(), HasSubstr("127.0.0.1:80"));
  EXPECT_EQ(director_.next_wakeup(), std::nullopt);
}

TEST_F(DirectorTest, TakesServersFoundWithWeightForUp) {
  given(
      "-A -t 10.0.0.1:80 -s wrr\n"
      "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n"
      "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n"
      "-a -t 10.0.0.1:80 -r 127.0.0.1:80 -g -w 1\n");
  start(http_virtual("quiescent=yes", kTwo));
  EXPECT_EQ(commands_issued(), "-d -t 10.0.0.1:80 -r 127.0.0.1:80\n");
  EXPECT_THAT(take_log(), ElementsAre("Changed virtual server: 10.0.0.1:80",
                                      "Deleted fallback server: 127.0.0.1:80 (10.0.0.1:80)"));
}

TEST_F(DirectorTest, KeepsTheFallbackThatItFindsServingAlone) {
  given("-A -t 10.0.0.1:80 -s wrr\n-a -t 10.0.0.1:80 -r 127.0.0.1:80 -g -w 1\n");
  start(http_virtual("", kTwo));
  EXPECT_EQ(commands_issued(), "");
  pass();
  EXPECT_EQ(commands_issued(),
            "-a -t 10.0.0.1:80 -x 0 -y 0 -r 10.1.0.1:80 -g -w 1\n"
            "-d -t 10.0.0.1:80 -r 127.0.0.1:80\n"
            "-a -t 10.0.0.1:80 -x 0 -y 0 -r 10.1.0.2:80 -g -w 1\n");
}

TEST_F(DirectorTest, LeavesAQuiescedEntryAloneUntilItsFirstCheck) {
  given("-A -t 10.0.0.1:80 -s wrr\n-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n");
  start(http_virtual("", {"real=10.1.0.1:80 gate"}));
  EXPECT_EQ(commands_issued(), "");
  down("10.1.0.1:80");
  pass();
  EXPECT_EQ(commands_issued(), "-d -t 10.0.0.1:80 -r 10.1.0.1:80\n");
}

TEST_F(DirectorTest, FailsToStartWhenTheTableCannotBeRead) {
  kernel_.unreadable = EPERM;
  EXPECT_FALSE(director_.start(roster_of(http_virtual("", kTwo)), now_).has_value());
  EXPECT_THAT(take_log(), IsEmpty());
}

TEST_F(DirectorTest, RunsAfterTheFirstResults) {
  start(http_virtual("", kTwo));
  EXPECT_EQ(director_.phase(), Phase::kStarting);
  EXPECT_FALSE(director_.first_results_in());
  pass();
  EXPECT_EQ(director_.phase(), Phase::kRunning);
  EXPECT_TRUE(director_.first_results_in());
  EXPECT_THAT(
      mails_,
      ElementsAre("Added real server: 10.1.0.1:80 (10.0.0.1:80) (Weight set to 1) [starting]",
                  "Added real server: 10.1.0.2:80 (10.0.0.1:80) (Weight set to 1) [starting]"));
}

// ---- refused changes (L3)

TEST_F(DirectorTest, LogsARefusedChangeOnceAndTriesItAgainEachPass) {
  start(http_virtual("", {"real=10.1.0.1:80 gate"}));
  take_log();
  kernel_.fail = [](const ipvs::Op& op) {
    return op.kind == ipvs::Op::Kind::kAddReal ? ENOMEM : 0;
  };
  pass();
  pass();
  EXPECT_THAT(take_log(),
              ElementsAre("system(/sbin/ipvsadm -a -t 10.0.0.1:80 -x 0 -y 0 -r 10.1.0.1:80 -g -w "
                          "1) failed: Cannot allocate memory"));
  kernel_.fail = [](const ipvs::Op&) { return 0; };
  pass();
  EXPECT_THAT(take_log(),
              ElementsAre("Added real server: 10.1.0.1:80 (10.0.0.1:80) (Weight set to 1)"));
  pass();
  EXPECT_THAT(take_log(), IsEmpty());
}

TEST_F(DirectorTest, SaysOneLineForAServiceThatTheKernelRefuses) {
  start("virtual=10.0.0.1:0\n    real=10.1.0.1:0 gate\n    checktype=on\n");
  EXPECT_THAT(take_log(), ElementsAre("system(/sbin/ipvsadm -A -t 10.0.0.1:0 -s wrr) failed: "
                                      "Zero port specified for non-persistent service"));
}

// ---- changes by hand (L14)

TEST_F(DirectorTest, RebuildsAVirtualServiceThatVanished) {
  start(http_virtual("", kTwo));
  pass();
  take_log();
  by_hand("-D -t 10.0.0.1:80");
  pass();
  EXPECT_EQ(table(),
            "-A -t 10.0.0.1:80 -s wrr\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n");
  EXPECT_THAT(take_log()[0], HasSubstr("was missing"));
}

TEST_F(DirectorTest, LeavesAndReportsAWeightSetByHand) {
  start(http_virtual("", kTwo));
  pass();
  take_log();
  by_hand("-e -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0");
  pass();
  pass();
  EXPECT_EQ(commands_issued(), "");
  EXPECT_THAT(take_log(),
              ElementsAre("drift: 10.1.0.1:80 (10.0.0.1:80) has weight 0 instead of 1 by hand; "
                          "left alone (drift=keep)"));
}

TEST_F(DirectorTest, RepairsAWeightSetByHandWithDriftRepair) {
  start(http_virtual("drift=repair", kTwo));
  pass();
  by_hand("-e -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0");
  by_hand("-a -t 10.0.0.1:80 -r 10.1.0.9:80 -g -w 3");
  pass();
  EXPECT_EQ(commands_issued(),
            "-e -t 10.0.0.1:80 -x 0 -y 0 -r 10.1.0.1:80 -g -w 1\n"
            "-d -t 10.0.0.1:80 -r 10.1.0.9:80\n");
}

TEST_F(DirectorTest, ReloadEndsWhatWasDoneByHand) {
  start(http_virtual("", kTwo));
  pass();
  by_hand("-e -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0");
  reload(http_virtual("", kTwo));
  EXPECT_EQ(commands_issued(), "-e -t 10.0.0.1:80 -x 0 -y 0 -r 10.1.0.1:80 -g -w 1\n");
}

// ---- reload

TEST_F(DirectorTest, ReloadTouchesNothingThatDidNotChange) {
  start(http_virtual("failurecount=3", kTwo));
  pass();
  down("10.1.0.1:80");
  pass();
  take_log();
  commands_issued();
  reload(http_virtual("failurecount=3", kTwo));
  EXPECT_EQ(commands_issued(), "");
  EXPECT_THAT(take_log(), ElementsAre("Changed virtual server: 10.0.0.1:80"));
  pass();
  EXPECT_THAT(take_log(), ElementsAre("Soft failure real server: 10.1.0.1:80 (tcp:10.0.0.1:80) "
                                      "failure 2/3"));
}

TEST_F(DirectorTest, ReloadKeepsAServerOutThatIsDown) {
  down("10.1.0.1:80");
  start(http_virtual("", kTwo));
  pass();
  commands_issued();
  reload(http_virtual("", kTwo));
  EXPECT_EQ(commands_issued(), "");
}

TEST_F(DirectorTest, ReloadWithOnlyANewServerAddsItAfterItsFirstSuccess) {
  start(http_virtual("", kTwo));
  pass();
  commands_issued();
  auto lines = kTwo;
  lines.push_back("real=10.1.0.3:80 gate 7");
  reload(http_virtual("", lines));
  EXPECT_EQ(commands_issued(), "");
  EXPECT_EQ(director_.phase(), Phase::kReloading);
  pass();
  EXPECT_EQ(commands_issued(), "-a -t 10.0.0.1:80 -x 0 -y 0 -r 10.1.0.3:80 -g -w 7\n");
  EXPECT_EQ(director_.phase(), Phase::kRunning);
}

TEST_F(DirectorTest, ReloadTakesOutAVirtualServiceThatIsGone) {
  start(http_virtual("", kTwo) +
        "virtual=10.0.0.2:80\n    real=10.1.0.1:80 gate\n    checktype=on\n");
  pass();
  take_log();
  reload(http_virtual("", kTwo));
  EXPECT_THAT(table(), testing::Not(HasSubstr("10.0.0.2")));
  EXPECT_THAT(take_log(), ElementsAre("Changed virtual server: 10.0.0.1:80",
                                      "Purged virtual server (start): 10.0.0.2:80"));
}

TEST_F(DirectorTest, IgnoresTheResultOfACheckThatAReloadDropped) {
  start(http_virtual("", kTwo));
  const JobId old = director_.jobs()[0].id;
  ASSERT_TRUE(director_.begin(old, now_));
  reload(http_virtual("", {"real=10.1.0.9:80 gate"}));
  director_.finish(old, {true, {}, {}}, Duration{0}, now_);
  director_.settle(now_);
  EXPECT_EQ(table(), "-A -t 10.0.0.1:80 -s wrr\n");
}

TEST_F(DirectorTest, CountsAnEarlierAnswerForTheSameQuestionAfterAReload) {
  start(http_virtual("", kTwo));
  pass();
  const JobId before = director_.jobs()[0].id;
  reload(http_virtual("autoreload=yes", kTwo));
  EXPECT_EQ(director_.jobs()[0].id, before);
}

// ---- maintenance, drain, disable

TEST_F(DirectorTest, TakesAServerInMaintenanceOutAtOnceAndAsksItNothing) {
  start(http_virtual("failurecount=3\nquiescent=yes", kTwo));
  pass();
  maintenance_.insert("10.1.0.1:80");
  asked_.clear();
  pass();
  EXPECT_THAT(asked_, ElementsAre("connect 10.1.0.2:80"));
  EXPECT_THAT(table(), HasSubstr("10.1.0.1:80 -g -w 0"));
  by_hand("-e -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1");
  pass();
  EXPECT_THAT(table(), HasSubstr("10.1.0.1:80 -g -w 0"));
}

TEST_F(DirectorTest, DrainedServerStaysAtWeightZeroAndIsStillChecked) {
  start(http_virtual("", kTwo));
  pass();
  director_.set_admin(0, 0, Admin::kDrained);
  asked_.clear();
  pass();
  EXPECT_THAT(table(), HasSubstr("10.1.0.1:80 -g -w 0"));
  EXPECT_THAT(asked_, ElementsAre("connect 10.1.0.1:80", "connect 10.1.0.2:80"));
  director_.set_admin(0, 0, Admin::kEnabled);
  director_.settle(now_);
  EXPECT_THAT(table(), HasSubstr("10.1.0.1:80 -g -w 1"));
}

TEST_F(DirectorTest, DisabledServerIsNotCheckedAndComesBackAfterASuccess) {
  start(http_virtual("", kTwo));
  pass();
  director_.set_admin(0, 0, Admin::kDisabled);
  asked_.clear();
  pass();
  EXPECT_THAT(asked_, ElementsAre("connect 10.1.0.2:80"));
  EXPECT_THAT(table(), testing::Not(HasSubstr("10.1.0.1:80")));
  director_.set_admin(0, 0, Admin::kEnabled);
  director_.settle(now_);
  EXPECT_THAT(table(), testing::Not(HasSubstr("10.1.0.1:80")));
  pass();
  EXPECT_THAT(table(), HasSubstr("10.1.0.1:80 -g -w 1"));
}

TEST_F(DirectorTest, DrainOutlivesARestartAndAReload) {
  admin_["10.1.0.1:80"] = Admin::kDrained;
  start(http_virtual("", kTwo));
  pass();
  EXPECT_THAT(table(), HasSubstr("10.1.0.1:80 -g -w 0"));
  reload(http_virtual("", kTwo));
  EXPECT_THAT(table(), HasSubstr("10.1.0.1:80 -g -w 0"));
}

TEST_F(DirectorTest, FallbackServesWhenEveryServerIsDrained) {
  start(http_virtual("", kTwo));
  pass();
  director_.set_admin(0, 0, Admin::kDrained);
  director_.set_admin(0, 1, Admin::kDrained);
  director_.settle(now_);
  EXPECT_THAT(table(), HasSubstr("127.0.0.1:80 -g -w 1"));
}

// ---- checks

TEST_F(DirectorTest, SharesOneProbeBetweenVirtualServices) {
  const std::string section = "    real=10.1.0.1:80 gate\n    checktype=connect\n";
  start("virtual=10.0.0.1:80\n" + section + "virtual=10.0.0.2:80\n" + section);
  pass();
  EXPECT_THAT(asked_, ElementsAre("connect 10.1.0.1:80"));
  EXPECT_EQ(table(),
            "-A -t 10.0.0.1:80 -s wrr\n-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n"
            "-A -t 10.0.0.2:80 -s wrr\n-a -t 10.0.0.2:80 -r 10.1.0.1:80 -g -w 1\n");
}

TEST_F(DirectorTest, AsksWithNConnectsBetweenTwoNegotiates) {
  start("virtual=10.0.0.1:80\n    real=10.1.0.1:80 gate\n    checktype=2\n    service=http\n");
  for (int i = 0; i < 5; ++i) pass();
  EXPECT_THAT(asked_,
              ElementsAre("negotiate 10.1.0.1:80", "connect 10.1.0.1:80", "connect 10.1.0.1:80",
                          "negotiate 10.1.0.1:80", "connect 10.1.0.1:80"));
  asked_.clear();
  down("10.1.0.1:80");
  for (int i = 0; i < 3; ++i) pass();
  EXPECT_THAT(asked_,
              ElementsAre("connect 10.1.0.1:80", "negotiate 10.1.0.1:80", "negotiate 10.1.0.1:80"));
}

TEST_F(DirectorTest, WritesAMonitorLineForEveryResultButNotForChecktypeOn) {
  start(
      "virtual=10.0.0.1:80\n    real=10.1.0.1:80 gate\n    checktype=connect\n    monitorfile=/m\n"
      "virtual=10.0.0.2:80\n    real=10.1.0.1:80 gate\n    checktype=on\n    monitorfile=/m\n");
  pass();
  EXPECT_THAT(monitored_, ElementsAre("10.1.0.1:80 up said so"));
}

TEST_F(DirectorTest, HasNothingToSettleAfterAResultThatChangesNothing) {
  start(http_virtual("failurecount=2", kTwo));
  pass();
  const JobId job = director_.jobs()[0].id;
  director_.begin(job, now_);
  director_.finish(job, {true, {}, {}}, Duration{0}, now_);
  EXPECT_FALSE(director_.unsettled());
  director_.begin(job, now_);
  director_.finish(job, {false, {}, {}}, Duration{0}, now_);  // the first of two
  EXPECT_FALSE(director_.unsettled());
  director_.begin(job, now_);
  director_.finish(job, {false, {}, {}}, Duration{0}, now_);
  EXPECT_TRUE(director_.unsettled());
  director_.settle(now_);
  EXPECT_FALSE(director_.unsettled());
}

TEST_F(DirectorTest, SettlesAgainAfterATableThatCouldNotBeRead) {
  start(http_virtual("", kTwo));
  pass();
  down("10.1.0.1:80");
  kernel_.unreadable = EPERM;
  pass();
  kernel_.unreadable = 0;
  pass();
  EXPECT_THAT(table(), testing::Not(HasSubstr("10.1.0.1:80")));
}

TEST_F(DirectorTest, NeedsRisecountSuccessesToBringAServerBack) {
  start(http_virtual("risecount=2", kTwo));
  pass();
  EXPECT_THAT(table(), testing::Not(HasSubstr("10.1.0.1:80")));
  pass();
  EXPECT_THAT(table(), HasSubstr("10.1.0.1:80 -g -w 1"));
}

// ---- fallbackcommand

TEST_F(DirectorTest, RunsFallbackcommandOnChangeAndOnceMoreAtItsOwnStop) {
  start(http_virtual("fallbackcommand=/bin/fc", {"real=10.1.0.1:80 gate"}));
  pass();
  down("10.1.0.1:80");
  pass();
  pass();
  EXPECT_THAT(commands_, ElementsAre("/bin/fc stop 10.0.0.1:80", "/bin/fc start 10.0.0.1:80"));
  director_.stop();
  EXPECT_EQ(commands_.back(), "/bin/fc stop 10.0.0.1:80");  // decision L29
}

// ---- stop

TEST_F(DirectorTest, StopTakesOutOnlyWhatIsItsOwn) {
  given("-A -t 10.0.0.99:99 -s rr\n");
  start(http_virtual("", kTwo));
  pass();
  take_log();
  director_.stop();
  EXPECT_EQ(table(), "-A -t 10.0.0.99:99 -s rr\n");
  EXPECT_THAT(take_log(), ElementsAre("Purged real server (stop): 10.1.0.1:80 (10.0.0.1:80)",
                                      "Purged real server (stop): 10.1.0.2:80 (10.0.0.1:80)",
                                      "Purged virtual server (stop): 10.0.0.1:80"));
}

TEST_F(DirectorTest, StopLeavesTheTableAndTheFallbackcommandWithCleanstopNo) {
  down("10.1.0.1:80");
  down("10.1.0.2:80");
  start(http_virtual("cleanstop=no\nfallbackcommand=/bin/fc", kTwo));
  pass();
  const std::string before = table();
  director_.stop();
  EXPECT_EQ(table(), before);
  EXPECT_THAT(commands_, ElementsAre("/bin/fc start 10.0.0.1:80"));
}

}  // namespace
}  // namespace um::ldirectord
