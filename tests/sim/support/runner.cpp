#include "tests/sim/support/runner.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace um::sim {
namespace {

using namespace std::chrono_literals;

// The slowest seed takes a second or so, even on a busy machine.
constexpr auto kLongestRun = 120s;

std::string run_once(const Scenario& scenario, const MakeHook& make_hook, std::uint64_t& events) {
  const auto hook = make_hook(scenario);
  World world(scenario, *hook, false);
  std::string failure = world.run();
  events += world.events_handled();
  return failure;
}

/// The rule that a failure names: `12.345 s  [rule] why`.
std::string_view rule_of(std::string_view failure) {
  const auto begin = failure.find('[');
  return begin == std::string_view::npos ? failure
                                         : failure.substr(begin, failure.find(']') - begin);
}

/// An engine that loops gives the world no chance to count: the wall clock ends the program then,
/// and the seed is known.
class Watchdog {
 public:
  explicit Watchdog(unsigned workers) : workers_(workers) {
    thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
  }

  void begins(unsigned worker, std::uint64_t seed) {
    const std::scoped_lock lock(mutex_);
    workers_[worker] = {seed, std::chrono::steady_clock::now()};
  }
  void is_through(unsigned worker) {
    const std::scoped_lock lock(mutex_);
    workers_[worker].reset();
  }

 private:
  struct Run {
    std::uint64_t seed = 0;
    std::chrono::steady_clock::time_point since;
  };

  void watch(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      wake_.wait_for(lock, stop, 1s, [] { return false; });
      for (const auto& run : workers_)
        if (run && std::chrono::steady_clock::now() - run->since > kLongestRun) {
          fmt::print(stderr,
                     "seed {} has run for {} and does not end.\nAgain: --first={} --seeds=1\n",
                     run->seed, kLongestRun, run->seed);
          std::_Exit(EXIT_FAILURE);
        }
    }
  }

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<std::optional<Run>> workers_;
  std::jthread thread_;
};

/// The same scenario without its last node.
Scenario without_a_node(Scenario scenario) {
  const int gone = --scenario.nodes;
  const std::int64_t all = (1 << gone) - 1;
  scenario.starts.pop_back();
  scenario.final_side &= static_cast<std::uint32_t>(all);
  if (scenario.final_side == all) scenario.final_side = 0;
  std::erase_if(scenario.steps, [&](Step& step) {
    if (step.kind == StepKind::kPartition) {
      step.value &= all;
      return step.value == 0 || step.value == all;
    }
    return step.node == gone || step.other == gone;
  });
  return scenario;
}

/// Makes a failing scenario smaller, as long as it still fails for the same reason.
class Shrinker {
 public:
  Shrinker(Scenario scenario, std::string_view rule, const MakeHook& make_hook)
      : scenario_(std::move(scenario)), rule_(rule), make_hook_(make_hook) {}

  Scenario shrink() {
    while (scenario_.nodes > 2 && fails_as(without_a_node(scenario_))) {
    }
    drop_steps();
    Scenario plain = scenario_;
    plain.echo = false;
    fails_as(plain);
    plain = scenario_;
    plain.ping_node = false;
    fails_as(plain);
    return scenario_;
  }

 private:
  bool fails_as(const Scenario& smaller) {
    std::uint64_t events = 0;
    const bool same = rule_of(run_once(smaller, make_hook_, events)) == rule_;
    if (same) scenario_ = smaller;
    return same;
  }

  /// In ever smaller pieces.
  void drop_steps() {
    for (std::size_t piece = std::max<std::size_t>(1, scenario_.steps.size() / 2);; piece /= 2) {
      for (std::size_t at = 0; at < scenario_.steps.size();) {
        Scenario smaller = scenario_;
        const auto first = smaller.steps.begin() + static_cast<std::ptrdiff_t>(at);
        const auto last = std::min(first + static_cast<std::ptrdiff_t>(piece), smaller.steps.end());
        smaller.steps.erase(first, last);
        if (!fails_as(smaller)) at += piece;
      }
      if (piece <= 1) return;
    }
  }

  Scenario scenario_;
  std::string rule_;
  const MakeHook& make_hook_;
};

std::string report(const Scenario& original, std::string_view why, const MakeHook& make_hook) {
  const Scenario small = Shrinker(original, rule_of(why), make_hook).shrink();
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
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const unsigned workers = options.threads ? options.threads : cores;
  Watchdog watchdog(workers);
  auto work = [&](unsigned worker) {
    std::uint64_t handled = 0;
    for (std::uint64_t i = next++; i < options.seeds; i = next++) {
      const std::uint64_t seed = options.first + i;
      if (seed > worst && !options.survey) break;
      watchdog.begins(worker, seed);
      std::string why = run_once(make_scenario(seed), make_hook, handled);
      watchdog.is_through(worker);
      if (why.empty()) continue;
      const std::scoped_lock lock(mutex);
      worst = std::min<std::uint64_t>(worst, seed);
      totals.failures.emplace(seed, std::move(why));
    }
    const std::scoped_lock lock(mutex);
    totals.events += handled;
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < workers; ++i) threads.emplace_back(work, i);
  threads.clear();  // joins
  totals.seeds = std::min<std::uint64_t>(next, options.seeds);
  if (worst == UINT64_MAX) return std::nullopt;
  if (options.survey) return Failure{worst, "see the list"};
  return Failure{worst, report(make_scenario(worst), totals.failures[worst], make_hook)};
}

}  // namespace um::sim
