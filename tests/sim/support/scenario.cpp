#include "tests/sim/support/scenario.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cluster/random.hpp"

namespace um::sim {
namespace {

using namespace std::chrono_literals;
using cluster::Random;

int draw_nodes(Random& random) {
  const auto dice = random.between(0, 99);
  if (dice < 60) return 2;
  if (dice < 85) return static_cast<int>(random.between(3, 4));
  if (dice < 97) return static_cast<int>(random.between(5, 8));
  return static_cast<int>(random.between(9, 16));
}

cluster::Times draw_times(Random& random) {
  cluster::Times times;
  times.keepalive = std::chrono::milliseconds(500 << random.between(0, 2));
  times.deadtime = times.keepalive * (3 + static_cast<int>(random.between(0, 4)));
  times.warntime = times.keepalive * 2;
  times.initdead = times.deadtime * (1 + static_cast<int>(random.between(0, 1)));
  times.deadping = times.keepalive * (3 + static_cast<int>(random.between(0, 3)));
  return times;
}

/// A set of nodes that is neither empty nor everybody.
std::int64_t draw_side(Random& random, int nodes) {
  return static_cast<std::int64_t>(random.between(1, (1U << nodes) - 2));
}

class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : random_(seed ^ 0x5eed) { scenario_.seed = seed; }

  Scenario draw() {
    scenario_.nodes = draw_nodes(random_);
    scenario_.media = 1 + static_cast<int>(random_.between(0, 3) / 2);
    scenario_.ping_node = random_.between(0, 3) == 0;
    scenario_.echo = random_.between(0, 1) == 0;
    scenario_.times = draw_times(random_);
    const Duration keepalive = scenario_.times.keepalive;
    const bool together = random_.between(0, 1) == 0;
    for (int node = 0; node < scenario_.nodes; ++node)
      scenario_.starts.push_back(within(together ? keepalive : scenario_.times.initdead * 2));
    const Duration faults = keepalive * static_cast<int>(random_.between(10, 40));
    const int steps = static_cast<int>(random_.between(0, 14));
    for (int i = 0; i < steps; ++i) add(faults);
    std::ranges::stable_sort(scenario_.steps, {}, &Step::at);
    scenario_.calm_from = faults + keepalive * 2;
    const bool halves = scenario_.nodes > 2 && random_.between(0, 3) == 0;
    if (halves)
      scenario_.final_side = static_cast<std::uint32_t>(draw_side(random_, scenario_.nodes));
    // Long enough for the slowest of: a start alone, the longest announced deadtime, one more
    // pause.
    const Duration longest = scenario_.times.initdead + scenario_.times.deadtime;
    const Duration last_start = std::ranges::max(scenario_.starts);
    scenario_.end = std::max(scenario_.calm_from, last_start) + longest + 4s + keepalive * 8;
    return scenario_;
  }

 private:
  Duration within(Duration span) {
    return Duration(static_cast<std::int64_t>(random_.between(0, span.count())));
  }

  void add(Duration faults) {
    Step step;
    step.at = within(faults);
    step.node = static_cast<int>(random_.between(0, scenario_.nodes - 1));
    step.other = static_cast<int>(random_.between(0, scenario_.nodes - 1));
    step.medium = static_cast<int>(random_.between(0, scenario_.media)) - 1;
    const auto keepalive =
        std::chrono::duration_cast<std::chrono::milliseconds>(scenario_.times.keepalive);
    const auto deadtime =
        std::chrono::duration_cast<std::chrono::milliseconds>(scenario_.times.deadtime);
    switch (random_.between(0, 16)) {
      case 0:
      case 1:
        step.kind = StepKind::kLoss;
        step.value = random_.between(0, 2) == 0 ? 100 : random_.between(1, 40);
        break;
      case 2:
        step.kind = StepKind::kDelay;
        step.value = random_.between(0, 300);
        step.more = random_.between(0, random_.between(0, 1) == 0 ? 100 : 2 * keepalive.count());
        break;
      case 3:
        step.kind = StepKind::kDuplicate;
        step.value = random_.between(1, 50);
        break;
      case 4:
      case 5:
        step.kind = StepKind::kPartition;
        step.value = draw_side(random_, scenario_.nodes);
        break;
      case 6: step.kind = StepKind::kOneWay; break;
      case 7: step.kind = StepKind::kHeal; break;
      case 8:
      case 9:
        step.kind = StepKind::kCrash;
        restart_later(step);
        break;
      case 10:
        step.kind = StepKind::kStop;
        restart_later(step);
        break;
      case 11:
        step.kind = StepKind::kPause;
        step.value = random_.between(1, 2 * deadtime.count());
        break;
      case 12:
        step.kind = StepKind::kWallClock;
        step.value = static_cast<std::int64_t>(random_.between(0, 200'000)) - 100'000;
        break;
      case 13:
        step.kind = StepKind::kSlow;
        step.value = random_.between(0, keepalive.count() / 2);
        break;
      case 14:
        step.kind = random_.between(0, 1) == 0 ? StepKind::kTalk : StepKind::kReplay;
        step.value = random_.between(1, random_.between(0, 3) == 0 ? 150 : 40);
        break;
      case 15:
        step.kind = StepKind::kStranger;
        step.value = random_.between(1, 20);
        break;
      default:
        step.kind = random_.between(0, 1) == 0 ? StepKind::kPingDown : StepKind::kPingUp;
        break;
    }
    scenario_.steps.push_back(step);
  }

  void restart_later(const Step& end) {
    if (random_.between(0, 2) == 0) return;
    Step start = end;
    start.kind = StepKind::kStart;
    start.at += within(scenario_.times.deadtime * 2);
    scenario_.steps.push_back(start);
  }

  Random random_;
  Scenario scenario_;
};

std::string on(const Step& step) {
  return step.medium < 0 ? "all media" : fmt::format("medium {}", step.medium);
}

std::string names(std::int64_t side) {
  std::string text;
  for (int node = 0; node < 16; ++node)
    if (side >> node & 1) text += (text.empty() ? "" : " ") + node_name(node);
  return text;
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string what(const Step& step) {
  const std::string node = node_name(step.node);
  switch (step.kind) {
    case StepKind::kLoss: return fmt::format("{} loses {} %", on(step), step.value);
    case StepKind::kDelay:
      return fmt::format("{} delays by {} to {} ms", on(step), step.value, step.value + step.more);
    case StepKind::kDuplicate: return fmt::format("{} duplicates {} %", on(step), step.value);
    case StepKind::kPartition:
      return fmt::format("{} cut: {} | the others", on(step), names(step.value));
    case StepKind::kOneWay:
      return fmt::format("nothing of {} arrives at {}", node, node_name(step.other));
    case StepKind::kHeal: return "all cuts heal";
    case StepKind::kCrash: return node + " crashes";
    case StepKind::kStart: return node + " is started";
    case StepKind::kStop: return node + " is stopped";
    case StepKind::kPause: return fmt::format("{} stands still for {} ms", node, step.value);
    case StepKind::kWallClock:
      return fmt::format("{}'s wall clock jumps by {} s", node, step.value);
    case StepKind::kSlow: return fmt::format("{} is up to {} ms late", node, step.value);
    case StepKind::kTalk: return fmt::format("{}'s clients send {} messages", node, step.value);
    case StepKind::kReplay:
      return fmt::format("{} old packets are replayed on {}", step.value, on(step));
    case StepKind::kStranger:
      return fmt::format("a stranger sends {} packets on {}", step.value, on(step));
    case StepKind::kPingDown: return "the ping node goes down";
    case StepKind::kPingUp: return "the ping node comes up";
  }
  return {};
}

}  // namespace

Scenario draw(std::uint64_t seed) {
  return Drawing(seed).draw();
}

std::string describe(const Step& step) {
  return fmt::format("{:9.3f} s  {}", seconds(step.at), what(step));
}

std::string describe(const Scenario& scenario) {
  const auto& t = scenario.times;
  std::string text = fmt::format(
      "seed {}: {} nodes, {} media{}{}, keepalive {} deadtime {} warntime {} initdead {} deadping "
      "{} ms\n",
      scenario.seed, scenario.nodes, scenario.media, scenario.ping_node ? ", a ping node" : "",
      scenario.echo ? ", own packets echo" : "", t.keepalive.count(), t.deadtime.count(),
      t.warntime.count(), t.initdead.count(), t.deadping.count());
  for (int node = 0; node < scenario.nodes; ++node)
    text +=
        fmt::format("{:9.3f} s  {} is started\n", seconds(scenario.starts[node]), node_name(node));
  for (const Step& step : scenario.steps) text += describe(step) + '\n';
  text += fmt::format("{:9.3f} s  calm{}\n{:9.3f} s  end\n", seconds(scenario.calm_from),
                      scenario.final_side
                          ? fmt::format(", but cut: {} | the others", names(scenario.final_side))
                          : "",
                      seconds(scenario.end));
  return text;
}

}  // namespace um::sim
