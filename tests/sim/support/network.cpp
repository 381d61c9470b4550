#include "tests/sim/support/network.hpp"

namespace um::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration kWireTime = 200us;

}  // namespace

Network::Network(const Scenario& scenario) : nodes_(scenario.nodes), media_(scenario.media) {}

void Network::apply(const Step& step) {
  switch (step.kind) {
    case StepKind::kLoss:
      for_media(step.medium, [&](Medium& m) { m.loss = static_cast<unsigned>(step.value); });
      break;
    case StepKind::kDuplicate:
      for_media(step.medium, [&](Medium& m) { m.duplicate = static_cast<unsigned>(step.value); });
      break;
    case StepKind::kDelay:
      for_media(step.medium, [&](Medium& m) {
        m.base = std::chrono::milliseconds(step.value);
        m.jitter = std::chrono::milliseconds(step.more);
      });
      break;
    case StepKind::kPartition:
      for_media(step.medium,
                [&](Medium& m) { cut(m, static_cast<std::uint32_t>(step.value), nodes_); });
      break;
    case StepKind::kOneWay:
      if (step.node != step.other)
        for_media(-1, [&](Medium& m) { m.deaf[step.other] |= 1U << step.node; });
      break;
    case StepKind::kHeal: for_media(-1, [](Medium& m) { m.deaf = {}; }); break;
    default: break;
  }
}

void Network::calm(std::uint32_t side) {
  for (Medium& medium : media_) {
    medium = {};
    if (side != 0) cut(medium, side, nodes_);
  }
}

bool Network::connected(int from, int to, int medium) const {
  return (media_[medium].deaf[to] >> from & 1) == 0;
}

std::vector<Duration> Network::copies(int from, int to, int medium, cluster::Random& random) const {
  std::vector<Duration> delays;
  const Medium& m = media_[medium];
  if (!connected(from, to, medium) || random.between(1, 100) <= m.loss) return delays;
  const int count = random.between(1, 100) <= m.duplicate ? 2 : 1;
  for (int i = 0; i < count; ++i) {
    const auto jitter = m.jitter.count() == 0 ? 0 : random.between(0, m.jitter.count());
    delays.push_back(kWireTime + m.base + Duration(static_cast<std::int64_t>(jitter)));
  }
  return delays;
}

void Network::cut(Medium& medium, std::uint32_t side, int nodes) {
  const std::uint32_t all = (1U << nodes) - 1;
  for (int node = 0; node < nodes; ++node)
    medium.deaf[node] |= (side >> node & 1) ? all & ~side : all & side;
}

}  // namespace um::sim
