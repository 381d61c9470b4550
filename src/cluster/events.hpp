// events.hpp - all that can happen to a cluster node, and all that it can want done.
//
// The engine is sans-I/O: the daemon, the simulator and the unit tests feed it Events and carry out
// its Actions. Nothing here names a socket, a process or a clock. An own pause (decision W6) needs
// no event: the engine sees it from the time of its next event.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "cluster/config.hpp"
#include "wire/message.hpp"

namespace um::cluster {

// ---- what happens -----------------------------------------------------------------------------

/// The first event of a process life: media are open, the generation is on disk.
struct Started {};

/// A packet whose digest was right. `medium` indexes Config::media; the engine alone judges node,
/// generation and sequence. Own packets that the network echoes belong here too.
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

/// A respawn client is about to be started: we announce a longer deadtime for a while (W5).
struct ClientStarting {};

/// The answer to StopClients.
struct ClientsStopped {};

/// SIGTERM. `restart`: the process comes back at once (the peers wait 30 s longer for it).
struct ShutdownRequested {
  bool restart = false;
};

/// SIGHUP with a good new configuration. Times, media, ping nodes, groups and debug level change in
/// place; name, uuid, generation and seed of the new value are ignored (decision H6).
struct Reconfigured {
  Config config;
};

using Event = std::variant<Started, PacketReceived, LocalMessage, Tick, JobFinished, ClientStarting,
                           ClientsStopped, ShutdownRequested, Reconfigured>;

// ---- what is wanted ---------------------------------------------------------------------------

/// Sign and write to every medium, in order; ping media send their echo requests with each
/// `status`. Complete with control fields.
struct SendPacket {
  wire::Message message;
};

/// The bits of an API client's filter mask (API 4.3).
enum class Treatment : std::uint8_t {
  kKeep = 1,
  kNoChange = 2,
  kDrop = 4,
  kDuplicate = 8,
  kProtocol = 32,
};

/// A message for this node's API clients whose mask has the bit `treatment`, in delivery order. Own
/// broadcasts come back here too.
struct DeliverLocal {
  wire::Message message;
  Treatment treatment = Treatment::kKeep;
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

/// End the respawn clients, last started first, and answer with ClientsStopped.
struct StopClients {};

/// The list of deleted nodes changed: rewrite delhostcache (wire 8).
struct SaveDeletedNodes {
  std::vector<std::string> names;
};

/// All resources are released and the peers know: the daemon may end. `restart`: with a new
/// generation, after a delay.
struct Exit {
  bool restart = false;
};

using Action = std::variant<SendPacket, DeliverLocal, StartJob, Log, CommUp, PauseClients,
                            AnnounceAddresses, StopClients, SaveDeletedNodes, Exit>;
using Actions = std::vector<Action>;

}  // namespace um::cluster
