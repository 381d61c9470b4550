// events.hpp - all that can happen to a cluster node, and all that it can want done.
//
// The engine is sans-I/O: the daemon, the simulator and the unit tests feed it Events and carry out
// its Actions. Nothing here names a socket, a process or a clock.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "wire/message.hpp"

namespace um::cluster {

// ---- what happens
// ----------------------------------------------------------------------------------------------------

/// A packet whose digest was right. `medium` indexes Config::media; the engine alone judges node,
/// generation and sequence.
struct PacketReceived {
  std::size_t medium = 0;
  wire::Message message;
};

/// A message of a script (FIFO) or of an API client of this node: no control fields yet.
struct LocalMessage {
  wire::Message message;
};

/// The time that Engine::next_deadline() named has come. Ticking early or often is harmless.
struct Tick {};

/// A job that the engine asked for has ended. Exit status as a shell shows it (128 + signal).
struct JobFinished {
  std::uint64_t job = 0;
  int exit_status = 0;
};

struct ShutdownRequested {};

/// The daemon was not scheduled for longer than it should have been (decision W6); sockets have
/// been drained since.
struct PauseDetected {
  Duration gap{};
};

using Event =
    std::variant<PacketReceived, LocalMessage, Tick, JobFinished, ShutdownRequested, PauseDetected>;

// ---- what is wanted
// --------------------------------------------------------------------------------------------------

/// Sign and write to every medium, in order. Complete with control fields.
struct SendPacket {
  wire::Message message;
};

/// A message for this node's API clients, in delivery order. Own broadcasts come back here too.
struct DeliverLocal {
  wire::Message message;
};

enum class JobKind : std::uint8_t {
  kReqOurResources,  // acquire every group of this node (`req_our_resources`), then say so
  kTakeGroups,       // acquire the named groups, then say so
  kGiveGroups,       // release the named groups right to left
  kNotifyScript,     // run /etc/ha.d/rc.d/TYPE with the message as HA_* variables
  kStonith,          // reset `node`
  kInitialStandby,   // decision S2: LVSSyncDaemonSwap ARGS stop, once, when we joined as standby
};

/// Start a job; answered by JobFinished with the same number. Jobs of one queue run one after the
/// other in the order given.
struct StartJob {
  std::uint64_t job = 0;
  JobKind kind = JobKind::kNotifyScript;
  std::vector<std::string> groups;                 // keys, in the order to be worked on
  std::string node;                                // kStonith, takeover from whom
  std::map<std::string, std::string> environment;  // HA_* variables beyond those every script gets
};

enum class LogLevel : std::uint8_t { kDebug, kInfo, kNotice, kWarn, kError, kCrit };

struct Log {
  LogLevel level = LogLevel::kInfo;
  std::string text;  // the literal text of the legacy daemon where it had one
};

/// Communication is up: open the API's register socket and start the respawn clients. Once per
/// process life.
struct CommUp {};

/// Stop (or start again) reading from API clients: the peers lag behind (wire 6.7).
struct PauseClients {
  bool paused = false;
};

/// Announce the held addresses again (gratuitous ARP): after a merge, a conflict, a peer's return.
struct AnnounceAddresses {};

/// All resources are released and the peers know: the daemon may end. `restart`: with a new
/// generation, after a delay.
struct Exit {
  bool restart = false;
};

using Action = std::variant<SendPacket, DeliverLocal, StartJob, Log, CommUp, PauseClients,
                            AnnounceAddresses, Exit>;
using Actions = std::vector<Action>;

}  // namespace um::cluster
