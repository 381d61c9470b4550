// ldirectord_cf.hpp - ldirectord.cf as a typed configuration.
//
// parse_ldirectord_cf reads the format of ldirectord 4.12 and of the 2005/2006 releases (spec
// ldirectord-config; what is read better than 4.12 did is in decisions part L, which the
// diagnostics name). It never throws on bad text, opens no file and no socket: names and the few
// questions about the machine go through `Surroundings`, in the order of the old program. Its time
// is linear in the text.
//
// The value is complete only when ok(); daemons use no part of a refused file. All errors of a file
// are reported; the first one carries in `legacy` the line that the old program would have stopped
// with, and the warnings before it theirs (see legacy_lines).
//
// Values that the old program prints again somewhere (ids, commands, logs) keep the text of the
// file beside the typed value: port 0080 stays 0080 in the id of a virtual.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/resolver.hpp"
#include "parsers/diagnostics.hpp"
#include "parsers/source.hpp"

namespace um::parsers {

enum class Forward : std::uint8_t { kGate, kMasq, kIpip };
enum class Protocol : std::uint8_t { kTcp, kUdp, kFwm };
enum class CheckType : std::uint8_t {
  kNegotiate,
  kConnect,
  kPing,
  kExternal,
  kExternalPerl,
  kOff,
  kOn,
  kCombined  // `checktype = N`: N connect checks between two negotiate checks
};
enum class Service : std::uint8_t {
  kNone,
  kDns,
  kFtp,
  kHttp,
  kHttps,
  kHttpProxy,
  kImap,
  kImaps,
  kLdap,
  kLdaps,
  kMysql,
  kNntp,
  kOracle,
  kPgsql,
  kPop,
  kPops,
  kRadius,
  kSimpletcp,
  kSip,
  kSmtp,
  kSubmission
};
enum class HttpMethod : std::uint8_t { kGet, kHead };
/// When the daemon mails: one bit per phase (emailalertstatus).
enum class Phase : std::uint8_t { kStarting = 1, kRunning = 2, kStopping = 4, kReloading = 8 };
enum class Failed : std::uint8_t { kQuiesce, kRemove };               // issue 4, `failed`
enum class Drift : std::uint8_t { kKeep, kRepair };                   // decision L14
enum class TlsVerify : std::uint8_t { kNone, kWarn, kChain, kFull };  // decision L12

/// The words of the file: "gate", "tcp", "external-perl", "http_proxy", "GET", "starting", ...
std::string_view name_of(Forward);
std::string_view name_of(Protocol);
std::string_view name_of(CheckType);
std::string_view name_of(Service);
std::string_view name_of(HttpMethod);
std::string_view name_of(Phase);
std::string_view name_of(Failed);
std::string_view name_of(Drift);
std::string_view name_of(TlsVerify);

/// A number as the file writes it ("007"), and its value; values above 2^31-1 are taken as that, so
/// that no sum of durations overflows.
struct Number {
  std::string text;
  std::uint32_t value = 0;
};

/// Phases in which mails go out; empty = never.
struct Phases {
  std::uint8_t bits = 0;
  bool has(Phase phase) const { return (bits & static_cast<std::uint8_t>(phase)) != 0; }
  bool operator==(const Phases&) const = default;
};

/// `minimum = N keep|fallback`: with fewer than N reals up, keep the last ones in the table though
/// they failed, or put the fallback beside them. Off when not given.
struct Minimum {
  enum class Action : std::uint8_t { kKeep, kFallback };
  std::uint32_t reals = 0;
  Action action = Action::kFallback;
};

struct Endpoint {
  Family family = Family::kInet;
  std::string address;  // numeric, IPv6 compressed without brackets; empty for a firewall mark
  std::string port_text = "0";  // as written; "0" where none was given
  std::uint16_t port = 0;

  std::string server() const;  // "10.0.0.1", "[2001:db8::1]"
  std::string name() const;    // "10.0.0.1:80", "[2001:db8::1]:80"
};

struct Fallback {
  Endpoint server;
  bool port_given = true;  // false only in a global fallback: the port is that of each virtual
  Forward forward = Forward::kGate;
  Span where;
};

/// A global fallback is resolved once for each transport; a service name that exists for only one
/// of them leaves the other empty (decision L40).
struct GlobalFallback {
  std::optional<Fallback> tcp, udp;
};

/// What may stand globally and again in a virtual service. Not given = nothing; use effective()
/// (ldirectord_cf_effective.hpp) for what is in force.
struct Settings {
  std::optional<Number> check_timeout;      // seconds
  std::optional<Number> negotiate_timeout;  // seconds
  std::optional<Number> connect_timeout;    // seconds, 0 = none (decision L40)
  std::optional<Number> check_interval;     // seconds; a virtual's own counts only with fork=yes
  std::optional<Number> check_count;
  std::optional<Number> failure_count;
  std::optional<Number> rise_count;  // successes in a row before a failed real comes back
  std::optional<bool> quiescent;
  std::optional<bool> clean_stop;
  std::optional<Failed> failed;
  std::optional<Minimum> minimum;
  std::optional<Drift> drift;
  std::optional<TlsVerify> tls_verify;
  std::optional<std::string> tls_ca_file;
  std::optional<std::string> fallback_command;
  std::optional<std::string> email_alert;
  std::optional<Number> email_alert_freq;  // seconds
  std::optional<Phases> email_alert_status;
  std::optional<std::string> smtp;
};

struct Globals {
  Settings settings;
  std::optional<GlobalFallback> fallback;   // for IPv4 virtuals
  std::optional<GlobalFallback> fallback6;  // for IPv6 virtuals
  bool autoreload = false;
  bool fork = false;
  bool supervised = false;
  bool readd_quiescent = false;
  bool expire_quiescent = false;  // set net.ipv4.vs.expire_quiescent_template (decision L17)
  std::optional<std::string> callback;
  std::set<std::string> execute;
  std::string logfile = "/var/log/ldirectord.log";  // a path, else the name of a syslog facility
  std::optional<std::string> email_alert_from;
  std::optional<std::string> maintenance_dir;
};

struct RealServer {
  Endpoint server;  // port 0: none given
  Forward forward = Forward::kGate;
  Number weight{"1", 1};
  std::optional<std::string> request;  // of this real alone; nothing: that of the virtual
  std::optional<std::string> receive;
  std::optional<Number> lower_threshold, upper_threshold;
  Span where;  // the value of its real= line; the reals of a range share it
};

struct VirtualService {
  Endpoint server;        // for a firewall mark: only the family, port 0
  std::string mark_text;  // as written ("007"); empty when this is no firewall mark
  std::uint32_t mark = 0;
  Protocol protocol = Protocol::kTcp;
  std::vector<RealServer> reals;  // in the order of the file, ranges expanded
  std::optional<Fallback> fallback;

  CheckType check_type = CheckType::kNegotiate;
  Number combined_connects{"0", 0};  // the N of `checktype = N`
  Service service = Service::kNone;
  bool service_given = false;  // false: inferred from the port
  std::optional<Number> check_port;
  std::string request = "/";
  std::string receive;
  HttpMethod http_method = HttpMethod::kGet;
  std::optional<std::string> virtual_host;
  std::string login, passwd, database, secret;
  std::string check_command = "/bin/true";
  std::optional<std::string> load;

  std::string scheduler = "wrr";
  std::optional<std::string> sched_flags;
  std::optional<Number> persistent;  // seconds
  std::optional<std::string> netmask;
  bool ops = false;

  Settings settings;
  std::optional<std::string> monitor_file;
  std::optional<std::string> service_name;
  std::optional<std::string> comment;
  Span where;  // the value of its virtual= line

  bool is_mark() const { return protocol == Protocol::kFwm; }
};

/// A line that means something else to ldirectord 4.12, or that it refuses (`check --legacy`).
struct LegacyDifference {
  Span where;
  bool refused = true;  // false: accepted, with another meaning
  std::string text;     // "4.12 loses the receive string of this line"
};

struct LdirectordConfig {
  Globals globals;
  std::vector<VirtualService> virtuals;
  std::vector<LegacyDifference> legacy_differences;
};

/// The two questions of the old parser to the file system. Implemented by LocalFiles
/// (ldirectord_cf_surroundings.hpp); the default answers that all is well.
class Files {
 public:
  virtual ~Files() = default;
  /// Opens the file for append, creating it; returns the system's error text, empty when it worked.
  virtual std::string append_error(const std::string& /*path*/) { return {}; }
  virtual bool is_directory(const std::string& /*path*/) { return true; }
};

/// What the meaning of a file depends on besides its text. Both objects are borrowed for the call.
struct Surroundings {
  Resolver& resolver;
  Files& files;
  std::string host_name;  // $HOSTNAME if set (even empty), else the kernel's node name
  bool debug = false;     // -d: the logfile is not tried
};

Parsed<LdirectordConfig> parse_ldirectord_cf(const Source& source, const Surroundings& around);

/// What 4.12 would have written to standard error for this file, its process id filled in: the
/// `legacy` lines of the diagnostics, each complete with its line end. Empty for a clean file.
std::string legacy_lines(const std::vector<Diagnostic>& diagnostics, std::string_view pid);

}  // namespace um::parsers
