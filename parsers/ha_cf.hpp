// ha_cf.hpp - heartbeat's ha.cf: text -> HaConfig.
//
// Two stages. parse_ha_cf() looks at the text alone: words, values, order, limits, and how the
// values fit together (deadtime against keepalive, ...). What needs the machine - interfaces,
// devices, users, services, name resolution, our own node name - is asked by validate() in
// parsers/ha_start.hpp, behind the interface um::Machine.
//
// Promises: every directive of every release is known (spec ha-cf 3); a file that heartbeat 3.0.6
// accepted means the same here, one that it refused is refused (decisions G4, G5, H1, H9, H10);
// each error says where and what was expected. Never throws on text, never blocks, linear time.
// Diagnostic::legacy holds the old program's lines, `LEVEL: text`, separated by newlines.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <sys/types.h>

#include "parsers/diagnostics.hpp"
#include "parsers/source.hpp"

namespace um::parsers {

using std::chrono::milliseconds;

constexpr std::uint16_t kDefaultUdpPort = 694;

// ---- media, in file order -----------------------------------------------------------------------
// A bcast, ucast or ucast6 line takes the udpport that stood when the first line of its kind was
// read (spec 2, "Ordering"); the port here is already that one.

struct Bcast {
  std::string interface;
  std::uint16_t port = kDefaultUdpPort;
};
struct Mcast {
  std::string interface;
  std::string group;  // an IPv4 multicast address
  std::uint16_t port = kDefaultUdpPort;
  std::uint8_t ttl = 1;
  bool loop = false;
};
struct Ucast {
  std::string interface;
  std::string host;     // as written
  std::string address;  // IPv4 text; empty until validate() has resolved a name
  std::uint16_t port = kDefaultUdpPort;
};
struct Ucast6 {
  std::string interface;
  std::string address;  // IPv6 text without %scope
  std::uint16_t port = kDefaultUdpPort;
};
struct Mcast6 {
  std::string interface;
  std::string group;  // an IPv6 multicast address
  std::uint16_t port = kDefaultUdpPort;
  std::uint8_t hops = 1;
  bool loop = false;
};
struct Serial {
  std::string device;
  int baud = 19200;  // as udpport: what stood at the first serial line
};
struct Ping {
  std::string host;     // as written; the ping node's name is its lower case
  std::string address;  // IPv4 text; empty until validate() has resolved a name
};
struct Ping6 {
  std::string host;
  std::string address;  // IPv6 text; empty until validate() has resolved a name
};
struct PingGroup {
  std::string name;                    // the ping node's name, lower case
  std::vector<std::string> hosts;      // as written
  std::vector<std::string> addresses;  // those found so far; the rest is tried again later
};

using Medium = std::variant<Bcast, Mcast, Ucast, Ucast6, Mcast6, Serial, Ping, Ping6, PingGroup>;

struct MediumLine {
  Medium medium;
  Span where;  // the word that declares it
  /// No udpport stood above it: validate() looks for a service ha-cluster.
  bool default_port = false;
};

/// What the old listing and the log call it: "bcast eth0", "mcast eth0", "serial /dev/ttyS0".
std::string_view type_of(const Medium& medium);         // "bcast", ..., "ping_group"
std::string_view name_of(const Medium& medium);         // interface, device, host or group name
std::string_view description_of(const Medium& medium);  // "UDP/IP broadcast", ...
bool is_ping(const Medium& medium);

// ---- the rest -----------------------------------------------------------------------------------

struct Node {
  std::string name;  // lower case
  bool ping = false;
  Span where;
};

enum class AutoFailback : std::uint8_t { kOn, kOff, kLegacy };
enum class MessageFormat : std::uint8_t { kClassic, kNetstring };
enum class GenerationMethod : std::uint8_t { kFile, kTime };
enum class Autojoin : std::uint8_t { kNone, kOther, kAny };
enum class UuidFrom : std::uint8_t { kFile, kNodename };
/// Decision R7: release the group and hand it over, or log and go on as 1.2.3 did.
enum class StartFailure : std::uint8_t { kGiveUp, kContinue };
enum class MonitorAction : std::uint8_t { kAlert, kRestart, kFailover };

/// A respawned client: `respawn USER COMMAND...` or `failfast USER COMMAND...`.
struct ClientLine {
  std::string user;
  std::string command;  // as `sh -c "exec COMMAND"` gets it; the path is ours already (H14)
  std::string program;  // first word of it
  bool failfast = false;
  uid_t uid = 0;  // uid, gid: filled by validate()
  gid_t gid = 0;
  Span where;
};

/// `apiauth CLIENT [uid=LIST] [gid=LIST]`; validate() fills the numbers and adds the built-in
/// rules.
struct ApiAuth {
  std::string client;
  std::vector<std::string> users, groups;  // as written
  std::vector<uid_t> uids;
  std::vector<gid_t> gids;
  Span where;
};

/// The last `stonith` or `stonith_host` line that concerns this node.
struct Stonith {
  std::string type;         // plug-in name, or "fence/AGENT" (decision A16)
  std::string config_file;  // `stonith TYPE FILE`; empty for the other form
  std::string parameters;   // `stonith_host HOST TYPE PARAMETERS...`; empty for the other form
  Span where;
};

struct LogSettingsLines {
  std::string logfile, debugfile;          // empty: not given
  std::optional<std::string> logfacility;  // a word of spec 3.5; "none" is kept as given
  std::optional<bool> use_logd;
  milliseconds conn_logd_time{60'000};
  bool syslogmsgfmt = true;
  int debug = 0;
  bool log_badpack = true;
};

struct Compression {
  std::string module = "zlib";  // zlib or bz2
  int threshold_kib = 2;
  bool traditional = false;
};

/// `monitor TIME [alert|restart|failover]`, ours (decision R29); interval 0 = off.
struct Monitor {
  milliseconds interval{0};
  MonitorAction action = MonitorAction::kAlert;
};

/// `script_limit AGENT start|stop|status TIME`, ours (decision R18); AGENT `*` = all.
struct ScriptLimit {
  std::string agent;
  std::string action;
  milliseconds limit{0};
};

/// A directive's value as text, for `-v`, `cl_status hbparameter` and the children's HA_<name>.
struct Parameter {
  std::string name;
  std::string value;
  Span where;  // of the value; empty when it is a default
};

struct HaConfig {
  std::vector<Node> nodes;  // in file order, each once; ping nodes too
  std::vector<MediumLine> media;

  // Resolved: unset values have their legacy defaults (spec 5, steps 5, 10, 13).
  milliseconds keepalive{1000};
  milliseconds deadtime{30'000};
  milliseconds warntime{15'000};
  milliseconds initdead{30'000};
  milliseconds deadping{30'000};

  AutoFailback auto_failback = AutoFailback::kLegacy;
  bool auto_failback_given = false;
  MessageFormat msgfmt = MessageFormat::kClassic;
  GenerationMethod hbgenmethod = GenerationMethod::kFile;
  Autojoin autojoin = Autojoin::kNone;
  UuidFrom uuidfrom = UuidFrom::kFile;

  LogSettingsLines log;
  Compression compression;
  std::optional<std::uint16_t> udpport;  // last one given; a medium's own is in MediumLine
  int baud = 19200;
  int hopfudge = 1;
  milliseconds max_rexmit_delay{250};
  bool realtime = true;
  int rtprio = 1;
  int memreserve_kib = 6500;
  bool coredumps = true;
  std::string coreroot;  // empty: the state directory's cores
  std::string watchdog;  // device; empty: none
  bool use_apphbd = false;
  std::string cluster = "linux-ha";
  std::string quorum_server;

  std::vector<ClientLine> clients;  // started in this order, stopped in reverse
  std::vector<ApiAuth> apiauth;
  std::optional<Stonith> stonith;
  std::vector<std::pair<std::string, std::string>> environment;  // `env`: name without HA_, value

  // Ours (decision G6): never needed, refused by an old program.
  StartFailure start_failure = StartFailure::kGiveUp;
  Monitor monitor;
  std::vector<ScriptLimit> script_limits;
  bool address_guard = true;
  bool address_probe = false;
  int announce_count = 5;
  milliseconds announce_interval{100};
  milliseconds failback_delay{0};
  std::vector<std::string> track_interfaces;

  /// Everything recorded, in the order of the old listing, defaults included.
  std::vector<Parameter> parameters;

  /// Lines that an old program would refuse, for `ultramonkey check --legacy` (decision G6).
  std::vector<Diagnostic> beyond_legacy;
};

Parsed<HaConfig> parse_ha_cf(const Source& source);

/// The value that `cl_status hbparameter -p NAME` shows; nothing when unset or unknown.
std::optional<std::string_view> parameter(const HaConfig& config, std::string_view name);

/// What every child of the daemon finds in its environment (spec 10): the recorded parameters as
/// HA_<name>, the `env` pairs, and what scripts expect of heartbeat. In order; a later pair wins.
std::vector<std::pair<std::string, std::string>> child_environment(const HaConfig& config,
                                                                   std::string_view own_node);

/// What `heartbeat -v` prints before it starts (spec 8.1).
std::string listing(const HaConfig& config, std::string_view own_node);
/// What `heartbeat -D` prints; `wiki`: with -W.
std::string default_listing(bool wiki);

}  // namespace um::parsers
