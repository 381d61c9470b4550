// scenario.hpp - what happens to one simulated cluster: its shape and a list of faults in time.
//
// Drawn from a seed; the same seed is the same scenario for ever. A step can be left out without
// changing the others, so a failing scenario can be made smaller. After the last fault the network
// is healed (whole, or in two halves) and calm until the end, so that everybody can agree again.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cluster/config.hpp"

namespace um::sim {

enum class StepKind : std::uint8_t {
  kLoss,       // medium, percent
  kDelay,      // medium, base ms, jitter ms: jitter beyond the sending rhythm is reordering
  kDuplicate,  // medium, percent
  kPartition,  // medium or all, set of nodes on one side
  kOneWay,     // from node, to node, on all media: nothing arrives in that direction
  kHeal,       // partitions and one-way cuts of all media
  kCrash,      // node
  kStart,      // node, if it is down
  kStop,       // node: a graceful stop
  kPause,      // node, ms
  kWallClock,  // node, seconds to jump
  kSlow,       // node, ms: everything it does comes up to that late
  kTalk,       // node, number of messages its API clients broadcast
  kReplay,     // medium: an eavesdropper sends old packets again, number of them
  kStranger,   // medium, number of packets of a node that is not of the cluster
  kPingDown,   // the ping node
  kPingUp,
};

struct Step {
  Duration at{};
  StepKind kind = StepKind::kHeal;
  int node = 0;
  int other = 0;
  int medium = -1;  // -1: all
  std::int64_t value = 0;
  std::int64_t more = 0;
};

struct Scenario {
  std::uint64_t seed = 0;
  int nodes = 2;
  int media = 1;
  bool ping_node = false;
  bool echo = false;             // medium 0 returns a node's own packets (bcast)
  std::vector<Duration> starts;  // when each node is started
  cluster::Times times;
  std::vector<Step> steps;
  Duration calm_from{};
  std::uint32_t final_side = 0;  // nodes cut off from the others in the calm; 0: whole
  Duration end{};
};

Scenario draw(std::uint64_t seed);
std::string describe(const Step& step);
std::string describe(const Scenario& scenario);

inline std::string node_name(int node) {
  std::string name = "n";
  name += static_cast<char>('a' + node);
  return name;
}
inline constexpr const char* kPingName = "router";
inline constexpr const char* kStrangerName = "stranger";

}  // namespace um::sim
