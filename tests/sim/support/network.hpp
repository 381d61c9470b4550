// network.hpp - the simulated media: who can hear whom, and what happens to a packet on its way.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "cluster/random.hpp"
#include "tests/sim/support/scenario.hpp"

namespace um::sim {

class Network {
 public:
  explicit Network(const Scenario& scenario);

  /// Loss, delay, cuts. Other kinds of steps are none of its business.
  void apply(const Step& step);
  /// No faults any more but the cut around `side` (0: none).
  void calm(std::uint32_t side);

  bool connected(int from, int to, int medium) const;
  /// Delays of the copies that arrive: none when lost, two when duplicated.
  std::vector<Duration> copies(int from, int to, int medium, cluster::Random& random) const;

 private:
  struct Medium {
    unsigned loss = 0, duplicate = 0;  // percent
    Duration base{}, jitter{};
    std::array<std::uint32_t, 16> deaf{};  // by receiver: senders it cannot hear
  };

  template <class Change>
  void for_media(int medium, Change change) {
    for (std::size_t m = 0; m < media_.size(); ++m)
      if (medium < 0 || static_cast<std::size_t>(medium) == m) change(media_[m]);
  }
  static void cut(Medium& medium, std::uint32_t side, int nodes);

  int nodes_;
  std::vector<Medium> media_;
};

}  // namespace um::sim
