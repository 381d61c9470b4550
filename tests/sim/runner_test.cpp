// The simulator itself: does it find what is wrong, and can a person work with what it prints?
#include "tests/sim/support/runner.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace um::sim {
namespace {

using namespace std::chrono_literals;

/// Finds fault with node na being started a second time, whatever else happens.
class NoSecondLife : public Hook {
  void started(World& world, int node) override {
    if (node == 0 && ++starts_ == 2) world.fail("[test] na lives again");
  }
  int starts_ = 0;
};

std::unique_ptr<Hook> no_second_life(const Scenario&) {
  return std::make_unique<NoSecondLife>();
}

Options few_seeds() {
  Options options;
  options.seeds = 300;
  return options;
}

std::string between(const std::string& text, std::string_view begin, std::string_view end) {
  const auto from = text.find(begin);
  if (from == std::string::npos) return {};
  return text.substr(from + begin.size(), text.find(end, from) - from - begin.size());
}

TEST(Runner, PrintsTheSmallestScenarioThatStillFailsAndHowToSeeItAgain) {
  Totals totals;
  const auto failure = run_seeds(few_seeds(), draw, no_second_life, totals);
  ASSERT_TRUE(failure);
  const std::string& report = failure->report;
  EXPECT_NE(report.find(fmt::format("seed {} fails:", failure->seed)), std::string::npos);
  EXPECT_NE(report.find("[test] na lives again"), std::string::npos);
  EXPECT_NE(report.find(fmt::format("Again: --first={} --seeds=1\n", failure->seed)),
            std::string::npos);
  const std::string scenario =
      between(report, "The smallest scenario that still fails:\n", "The last of what happened:");
  EXPECT_EQ(scenario.find(fmt::format("seed {}: 2 nodes,", failure->seed)), 0U) << scenario;
  // Of all its faults only the two that matter are left: na goes down and comes back.
  EXPECT_EQ(std::ranges::count(scenario, '\n'), 1 + 2 + 2 + 2 + 1) << scenario;
  EXPECT_NE(scenario.find("na is started"), std::string::npos);
}

TEST(Runner, TheSeedAloneGivesTheSameReportAgain) {
  Totals totals;
  const auto failure = run_seeds(few_seeds(), draw, no_second_life, totals);
  ASSERT_TRUE(failure);
  Options alone;
  alone.first = failure->seed;
  alone.seeds = 1;
  const auto again = run_seeds(alone, draw, no_second_life, totals);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->report, failure->report);
}

TEST(Runner, OfSeveralFailingSeedsTheLowestIsReported) {
  Totals totals;
  Options all = few_seeds();
  all.survey = true;
  const auto failure = run_seeds(all, draw, no_second_life, totals);
  ASSERT_TRUE(failure);
  EXPECT_GT(totals.failures.size(), 1U);
  EXPECT_EQ(totals.failures.begin()->first, failure->seed);
}

/// Does something that causes the same again at once.
class GoesRoundInACircle : public Hook {
  void started(World& world, int node) override { again(world, node); }
  void again(World& world, int node) {
    world.later(node, 0ns, [this, &world, node] { again(world, node); });
  }
};

TEST(Runner, AScenarioThatNeverEndsIsAFailureToo) {
  Totals totals;
  Options one;
  one.seeds = 1;
  const auto failure = run_seeds(
      one, draw, [](const Scenario&) { return std::make_unique<GoesRoundInACircle>(); }, totals);
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->report.find("[endless]"), std::string::npos);
}

TEST(Scenario, TheSameSeedIsTheSameScenario) {
  EXPECT_EQ(describe(draw(17)), describe(draw(17)));
  EXPECT_NE(describe(draw(17)), describe(draw(18)));
}

}  // namespace
}  // namespace um::sim
