// config.hpp - what the cluster engine must know of ha.cf, haresources and the state files.
//
// Plain values: the daemon fills them from the parsers (or a test by hand) and the engine never
// looks at a file. Names are already lower-cased, times already checked (wire 7.1).
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace um::cluster {

using Uuid = std::array<std::uint8_t, 16>;
using Milliseconds = std::chrono::milliseconds;

enum class NodeKind : std::uint8_t { kNormal, kPing };

struct NodeConfig {
  std::string name;
  NodeKind kind = NodeKind::kNormal;
};

/// One medium, in ha.cf order: PacketReceived::medium is an index into Config::media. Media with
/// one link name are one link (wire 4, decision W20).
struct MediumConfig {
  std::string link;       // interface, tty or ping target: the link name in logs and API
  std::string ping_node;  // the ping node behind this medium; empty for a medium between nodes
};

struct Times {
  Milliseconds keepalive{1000};
  Milliseconds deadtime{30000};
  Milliseconds warntime{15000};
  Milliseconds initdead{30000};
  Milliseconds deadping{30000};
  Milliseconds max_rexmit_delay{250};
};

enum class Failback : std::uint8_t { kOn, kOff, kLegacy };

/// One line of haresources: the node it belongs to and its resource words. The first word is the
/// key.
struct ResourceGroup {
  std::string node;
  std::vector<std::string> resources;
};

struct Config {
  std::string node;  // our own name, also in `nodes`
  Uuid uuid{};
  std::uint64_t generation = 1;
  std::vector<NodeConfig> nodes;  // ha.cf order, ping nodes and groups after the normal ones
  std::vector<MediumConfig> media;
  Times times;
  unsigned hopfudge = 1;
  unsigned debug = 0;      // level; 1 and more: dump refused messages
  std::uint64_t seed = 1;  // of everything random: ack triggers, retransmission delays

  // ---- resource ownership
  bool manage_resources = true;  // false with -M: no groups, no rc.d scripts
  Failback failback = Failback::kLegacy;
  Milliseconds failback_delay{0};  // `failback_delay`: from the peer's return to its groups' move
  bool start_failure_continues = false;  // `start_failure continue` (decision R7)
  bool stonith = false;                  // a stonith directive is present
  std::vector<ResourceGroup> groups;
  std::vector<std::string> rc_scripts;  // file names in /etc/ha.d/rc.d
  std::string held_at_start;  // none, local, foreign, all: -C TYPE or what the guardian saved (H28)
  int pid = 0;                // printed in `Heartbeat shutdown in progress. (PID)`
};

}  // namespace um::cluster
