#include "tests/sim/support/runner.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace um::sim {
namespace {

std::string run_once(const Scenario& scenario, const MakeHook& make_hook, std::uint64_t& events) {
  const auto hook = make_hook(scenario);
  World world(scenario, *hook, false);
  std::string failure = world.run();
  events += world.events_handled();
  return failure;
}

/// Drops steps, in ever smaller pieces, as long as the scenario still fails.
Scenario shrink(Scenario scenario, const MakeHook& make_hook) {
  std::uint64_t events = 0;
  for (std::size_t piece = std::max<std::size_t>(1, scenario.steps.size() / 2);; piece /= 2) {
    for (std::size_t at = 0; at < scenario.steps.size();) {
      Scenario smaller = scenario;
      const auto first = smaller.steps.begin() + static_cast<std::ptrdiff_t>(at);
      const auto last = std::min(first + static_cast<std::ptrdiff_t>(piece), smaller.steps.end());
      smaller.steps.erase(first, last);
      if (run_once(smaller, make_hook, events).empty())
        at += piece;
      else
        scenario = std::move(smaller);
    }
    if (piece <= 1) return scenario;
  }
}

std::string report(const Scenario& original, const MakeHook& make_hook) {
  const Scenario small = shrink(original, make_hook);
  const auto hook = make_hook(small);
  World world(small, *hook, true);
  const std::string failure = world.run();
  std::string text = fmt::format(
      "seed {} fails: {}\n\nThe smallest scenario that still fails:\n{}\n"
      "The last of what happened:\n",
      original.seed, failure, describe(small));
  for (const std::string& line : world.trace()) text += line + '\n';
  text += fmt::format("\nAgain: --first={} --seeds=1\n", original.seed);
  return text;
}

std::uint64_t number_or(const char* text, std::uint64_t fallback) {
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

}  // namespace

Options options_from(int argc, char** argv, std::uint64_t default_seeds) {
  Options options;
  options.seeds = number_or(std::getenv("UM_SIM_SEEDS"), default_seeds);
  options.first = number_or(std::getenv("UM_SIM_FIRST"), 1);
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    auto value = [&](std::string_view name, auto& target) {
      if (word.starts_with(name))
        target = static_cast<std::remove_reference_t<decltype(target)>>(
            number_or(argv[i] + name.size(), 0));
    };
    value("--seeds=", options.seeds);
    value("--first=", options.first);
    value("--threads=", options.threads);
    options.survey |= word == "--survey";
  }
  return options;
}

std::optional<Failure> run_seeds(const Options& options, const MakeScenario& make_scenario,
                                 const MakeHook& make_hook, Totals& totals) {
  std::atomic<std::uint64_t> next{0};
  std::atomic<std::uint64_t> worst{UINT64_MAX};
  std::mutex mutex;
  auto work = [&] {
    std::uint64_t handled = 0;
    for (std::uint64_t i = next++; i < options.seeds; i = next++) {
      const std::uint64_t seed = options.first + i;
      if (seed > worst && !options.survey) break;
      std::string why = run_once(make_scenario(seed), make_hook, handled);
      if (why.empty()) continue;
      const std::scoped_lock lock(mutex);
      worst = std::min<std::uint64_t>(worst, seed);
      totals.failures.emplace(seed, std::move(why));
    }
    const std::scoped_lock lock(mutex);
    totals.events += handled;
  };
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < (options.threads ? options.threads : cores); ++i)
    threads.emplace_back(work);
  threads.clear();  // joins
  totals.seeds = std::min<std::uint64_t>(next, options.seeds);
  if (worst == UINT64_MAX) return std::nullopt;
  if (options.survey) return Failure{worst, "see the list"};
  return Failure{worst, report(make_scenario(worst), make_hook)};
}

}  // namespace um::sim
