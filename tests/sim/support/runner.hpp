// runner.hpp - many seeds, on all cores; and of a failing one, the smallest scenario that still
// fails.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tests/sim/support/world.hpp"

namespace um::sim {

using MakeScenario = std::function<Scenario(std::uint64_t seed)>;
using MakeHook = std::function<std::unique_ptr<Hook>(const Scenario&)>;

struct Options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 500;
  unsigned threads = 0;  // 0: one per core
  bool survey = false;   // run all seeds and only list what fails
};

/// `--seeds=N --first=N --threads=N --survey`, else UM_SIM_SEEDS, UM_SIM_FIRST, else the default.
Options options_from(int argc, char** argv, std::uint64_t default_seeds);

struct Totals {
  std::uint64_t seeds = 0;
  std::uint64_t events = 0;
  std::map<std::uint64_t, std::string> failures;  // by seed
};

struct Failure {
  std::uint64_t seed = 0;
  std::string report;  // scenario, violation, trace: all that is needed to see it again
};

/// The first failure by seed, made small.
std::optional<Failure> run_seeds(const Options& options, const MakeScenario& scenario,
                                 const MakeHook& hook, Totals& totals);

}  // namespace um::sim
