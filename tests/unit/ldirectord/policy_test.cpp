#include "ldirectord/policy.hpp"

#include <gtest/gtest.h>

#include "tests/unit/ldirectord/director_bed.hpp"

namespace um::ldirectord {
namespace {

// The two servers 10.1.0.1:80 and 10.1.0.2:80 of 10.0.0.1:80, and how they are.
struct Case {
  std::string globals;
  std::vector<std::string> lines;
  Health first, second;
};

Health is_up() {
  Health health;
  health.up = health.checked = true;
  return health;
}
Health is_down(std::uint64_t order = 0) {
  Health health;
  health.checked = true;
  health.failures = 1;
  health.went_down = order;
  return health;
}

std::string table_for(const Case& given) {
  std::vector<std::string> lines{"real=10.1.0.1:80 gate", "real=10.1.0.2:80 gate"};
  lines.insert(lines.end(), given.lines.begin(), given.lines.end());
  const Roster roster = roster_of(http_virtual(given.globals, lines));
  const RosterVirtual& v = roster.virtuals[0];
  const std::vector<Health> reals{given.first, given.second};
  return ipvs::dump({{v.key, wanted(v, reals, fallback_use(v, reals))}});
}

TEST(Policy, QuiescentServerKeepsItsEntryWithWeightZero) {
  EXPECT_EQ(table_for({"quiescent=yes", {}, is_down(), is_up()}),
            "-A -t 10.0.0.1:80 -s wrr\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n");
}

TEST(Policy, ServerThatIsDownIsAbsentWithoutQuiescent) {
  EXPECT_EQ(table_for({"", {}, is_down(), is_up()}),
            "-A -t 10.0.0.1:80 -s wrr\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n");
}

TEST(Policy, FallbackServesWhenNobodyElseDoes) {
  EXPECT_EQ(table_for({"quiescent=yes", {"fallback=127.0.0.1:80"}, is_down(), is_down()}),
            "-A -t 10.0.0.1:80 -s wrr\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 0\n"
            "-a -t 10.0.0.1:80 -r 127.0.0.1:80 -g -w 1\n");
}

TEST(Policy, FailedRemoveDropsADeadServerButNotADrainedOne) {
  Health drained = is_up();
  drained.admin = Admin::kDrained;
  EXPECT_EQ(table_for({"quiescent=yes\nfailed=remove", {}, is_down(), drained}),
            "-A -t 10.0.0.1:80 -s wrr\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 0\n");
}

TEST(Policy, FailedRemoveQuiescesAServerInMaintenance) {
  Health maintained = is_down();
  maintained.maintenance = true;
  EXPECT_EQ(table_for({"quiescent=yes\nfailed=remove", {}, maintained, is_up()}),
            "-A -t 10.0.0.1:80 -s wrr\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n");
}

TEST(Policy, DisabledServerHasNoEntry) {
  Health disabled = is_up();
  disabled.admin = Admin::kDisabled;
  EXPECT_EQ(table_for({"quiescent=yes", {}, disabled, is_up()}),
            "-A -t 10.0.0.1:80 -s wrr\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n");
}

TEST(Policy, MinimumKeepLeavesTheServerThatFailedLast) {
  EXPECT_EQ(table_for({"minimum=1 keep", {"fallback=127.0.0.1:80"}, is_down(5), is_down(9)}),
            "-A -t 10.0.0.1:80 -s wrr\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n");
}

TEST(Policy, MinimumKeepNeverKeepsAServerThatWasNeverUp) {
  EXPECT_EQ(table_for({"minimum=1 keep", {"fallback=127.0.0.1:80"}, is_down(), is_down()}),
            "-A -t 10.0.0.1:80 -s wrr\n"
            "-a -t 10.0.0.1:80 -r 127.0.0.1:80 -g -w 1\n");
}

TEST(Policy, MinimumFallbackPutsItBesideTheServersThatAreLeft) {
  EXPECT_EQ(table_for({"minimum=2 fallback", {"fallback=127.0.0.1:80"}, is_down(), is_up()}),
            "-A -t 10.0.0.1:80 -s wrr\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n"
            "-a -t 10.0.0.1:80 -r 127.0.0.1:80 -g -w 1\n");
}

TEST(Policy, ServerOfWeightZeroCountsAsServing) {  // decision L16
  Case given{"", {"fallback=127.0.0.1:80"}, is_up(), is_down()};
  const Roster roster = roster_of(http_virtual(
      "", {"real=10.1.0.1:80 gate 0", "real=10.1.0.2:80 gate", "fallback=127.0.0.1:80"}));
  EXPECT_EQ(fallback_use(roster.virtuals[0], {given.first, given.second}), FallbackUse::kOff);
}

TEST(Policy, FallbackThatIsAlsoARealServerNeverHidesIt) {
  EXPECT_EQ(table_for({"", {"fallback=10.1.0.1:80 gate"}, is_up(), is_down()}),
            "-A -t 10.0.0.1:80 -s wrr\n"
            "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n");
}

// ---- decision L14: what an operator changed by hand

class HandChanges : public testing::Test {
 protected:
  std::string kept(const std::string& written, const std::string& current,
                   const std::string& wanted) {
    const Roster roster =
        roster_of(http_virtual(globals_, {"real=10.1.0.1:80 gate", "real=10.1.0.2:80 gate"}));
    const RosterVirtual& v = roster.virtuals[0];
    auto service = [&](const std::string& reals) {
      return ipvs::table_from("-A -t 10.0.0.1:80 -s wrr\n" + reals)[v.key];
    };
    const ipvs::Service result =
        keep_hand_changes(v, std::vector<Health>(2, is_up()), service(wanted), service(current),
                          service(written), false);
    const std::string text = ipvs::dump({{v.key, result}});
    return text.substr(text.find('\n') + 1);
  }
  std::string globals_;
};

const std::string kBoth =
    "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n";
const std::string kDrainedByHand =
    "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n";
const std::string kFirst = "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n";
const std::string kSecond = "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -g -w 1\n";

TEST_F(HandChanges, WeightStaysWhileTheWishStays) {
  EXPECT_EQ(kept(kBoth, kDrainedByHand, kBoth), kDrainedByHand);
}

TEST_F(HandChanges, RemovedServerStaysRemoved) {
  EXPECT_EQ(kept(kBoth, kSecond, kBoth), kSecond);
}

TEST_F(HandChanges, AddedServerStays) {
  EXPECT_EQ(kept(kSecond, kBoth, kSecond), kBoth);
}

TEST_F(HandChanges, EndAtTheNextOwnTransition) {
  EXPECT_EQ(kept(kBoth, kDrainedByHand, kSecond), kSecond);
}

TEST_F(HandChanges, AreRepairedWithDriftRepair) {
  globals_ = "drift=repair";
  EXPECT_EQ(kept(kBoth, kDrainedByHand, kBoth), kBoth);
  EXPECT_EQ(kept(kSecond, kBoth, kSecond), kSecond);
  EXPECT_EQ(kept(kFirst, "", kFirst), kFirst);
}

TEST_F(HandChanges, ServerTakenOutByHandIsNotPutBackWhenItFails) {
  EXPECT_EQ(kept(kBoth, kSecond, kDrainedByHand), kSecond);
}

}  // namespace
}  // namespace um::ldirectord
