// Whole clusters of 2 to 16 engines under every fault the network and the machines can have.
//
// The rules are in support/witness.hpp. `sim-cluster --seeds=20000` runs that many scenarios;
// `--first=N --seeds=1` repeats one.
#include <iostream>

#include <gtest/gtest.h>

#include "tests/sim/support/runner.hpp"

namespace um::sim {
namespace {

Options options;

TEST(Cluster, HoldsEveryRuleUnderEveryFault) {
  Totals totals;
  const auto failure = run_seeds(
      options, draw, [](const Scenario&) { return std::make_unique<Hook>(); }, totals);
  std::cout << totals.seeds << " scenarios, " << totals.events << " events\n";
  if (options.survey)
    for (const auto& [seed, why] : totals.failures) std::cout << seed << ": " << why << '\n';
  if (failure) FAIL() << failure->report;
}

}  // namespace
}  // namespace um::sim

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  um::sim::options = um::sim::options_from(argc, argv, 500);
  return RUN_ALL_TESTS();
}
