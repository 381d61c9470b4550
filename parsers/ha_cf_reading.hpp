// ha_cf_reading.hpp - the inside of the ha.cf parser: what its files share. Not for other rooms.
//
// A file becomes a configuration in four steps, each with its own messages, in the old order (spec
// ha-cf 5):
//   read_lines()   every line, in file order          ha_cf.cpp and the handlers
//   ask_machine()  what the text cannot answer        ha_cf_machine.cpp
//   settle()       unset values, the listing's list   ha_cf_settle.cpp
//   judge()        how the values fit together        ha_cf_settle.cpp
#pragma once
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/machine.hpp"
#include "parsers/ha_cf.hpp"
#include "parsers/ha_text.hpp"

namespace um::parsers {

/// How messages spell the file (spec 1).
inline constexpr std::string_view kHaCfPath = "/etc/ha.d//ha.cf";
inline constexpr std::string_view kLogdSocket = "/var/lib/heartbeat/log_daemon";
inline constexpr std::string_view kNoLogd =
    "WARN: Initializing connection to logging daemon failed. Logging daemon may not be running";
inline constexpr std::string_view kLogdOwnsFiles =
    "info: logfile and debug file are those specified in logd config file (default /etc/logd.cf)";
inline constexpr std::string_view kLogdOff =
    "WARN: Logging daemon is disabled --enabling logging daemon is recommended";
constexpr std::size_t kMostNodes = 100;
constexpr std::size_t kMostMedia = 64;

struct Given {
  std::string value;
  Span where;
};

/// What the old program said in passing at a line; for the log only.
struct Remark {
  Span where;
  std::string legacy;  // `LEVEL: text` lines
};

struct StonithLine {
  std::string host;  // empty: the form without a host
  std::string type;
  std::string rest;  // file name, or parameters
  Span where;        // of the type, or of the directive
};

/// The port that the first line of a kind has set for the whole kind.
struct FrozenPort {
  std::uint16_t port = kDefaultUdpPort;
  bool is_default = false;  // no udpport stood above it
};

/// A word of a media line that only the machine can judge.
struct OpenQuestion {
  std::size_t medium = 0;  // index in HaConfig::media
  std::string text;        // ucast6: the scope behind %; mcast6: a service name and its line
  std::string hops_and_loop;
  Span where;
};

/// A media line refused for its text. The old program looked at the interface first.
struct BrokenLine {
  std::size_t diagnostic = 0;  // index in Reading::diagnostics
  std::string kind, interface;
  Span where;
};

struct Reading {
  explicit Reading(const Source& source_) : source(&source_) {}

  const Source* source;
  HaConfig config;
  std::vector<Diagnostic> diagnostics;  // in file order
  std::vector<Remark> remarks;
  std::map<std::string_view, Given> given;  // by directive: the last value that was taken
  std::vector<StonithLine> stonith_lines;
  std::vector<OpenQuestion> open_questions;
  std::vector<BrokenLine> broken_lines;
  std::map<std::size_t, std::vector<Span>> host_words;  // by index in HaConfig::media
  std::vector<Span> program_words;                      // of HaConfig::clients

  // The first line of a kind freezes what later ones use (spec 2, "Ordering").
  std::optional<FrozenPort> bcast_port, ucast_port, ucast6_port;
  std::optional<int> serial_baud;
  std::set<std::string, std::less<>> node_names, apiauth_clients;
  bool crm_seen = false;

  Word directive;  // of the line being read

  bool failed() const;

  /// The value is refused: `invalid value "V" for "DIRECTIVE"`. Returns false, as handlers do.
  bool refuse(const Word& value, std::string hint, std::string legacy = {});
  bool error(const Word& at, std::string message, std::string hint, std::string legacy = {});
  void warn(Span at, std::string message, std::string hint, std::string legacy = {});
  void remark(std::string legacy);
  /// The line is fine here, but an old program refuses it (decision G6).
  void beyond_legacy(Span at, std::string message);
};

/// One value of a list directive, or the rest of the line of a whole-line directive. Returns
/// whether it was taken.
using Handler = bool (*)(Reading&, const Word&);

enum class Takes : std::uint8_t { kEachWord, kWholeLine };

struct Directive {
  std::string_view name;
  Takes takes = Takes::kEachWord;
  Handler handler = nullptr;
  std::string_view default_value = {};  // as `heartbeat -D` shows it
  std::string_view explanation = {};    // empty: not in the listing
  bool ours = false;                    // an old program refuses it (decision G6)
};

/// In the order of the old program's table, which is the listing's.
std::span<const Directive> directives();
const Directive* find_directive(std::string_view name);
/// Why a word that is no directive may stand there, and what to write instead.
std::string illegal_directive_hint(std::string_view word);

// Handlers that are long enough for a file of their own: ha_cf_special.cpp,
bool read_baud(Reading& r, const Word& value);
bool read_udpport(Reading& r, const Word& value);
bool read_auto_failback(Reading& r, const Word& value);
bool read_nice_failback(Reading& r, const Word& value);
bool read_use_logd(Reading& r, const Word& value);
bool read_env(Reading& r, const Word& value);
bool read_pacemaker_bool(Reading& r, const Word& value);
bool read_crmd_spawns_pengine(Reading& r, const Word& value);
bool read_crm_daemon_dir(Reading& r, const Word& value);
bool read_crm(Reading& r, const Word& value);
bool read_ignored_bool(Reading& r, const Word& value);
bool read_start_failure(Reading& r, const Word& value);
bool read_monitor(Reading& r, const Word& rest);
bool read_script_limit(Reading& r, const Word& rest);
bool read_track_interface(Reading& r, const Word& value);
// ha_cf_media.cpp and ha_cf_clients.cpp.
bool read_bcast(Reading& r, const Word& value);
bool read_mcast(Reading& r, const Word& rest);
bool read_ucast(Reading& r, const Word& rest);
bool read_ucast6(Reading& r, const Word& rest);
bool read_mcast6(Reading& r, const Word& rest);
bool read_serial(Reading& r, const Word& value);
bool read_ping(Reading& r, const Word& value);
bool read_ping6(Reading& r, const Word& value);
bool read_ping_group(Reading& r, const Word& rest);
bool read_client(Reading& r, const Word& rest);  // respawn and failfast
bool read_apiauth(Reading& r, const Word& rest);
bool read_stonith(Reading& r, const Word& rest);
bool read_stonith_host(Reading& r, const Word& rest);
bool add_node(Reading& r, const Word& name, bool ping);

/// The five lines that follow every bad apiauth rule.
std::string apiauth_syntax(std::string_view rest);

Reading read_lines(const Source& source);
std::vector<Diagnostic> ask_machine(Reading& reading, const Machine& machine,
                                    std::string_view own_node);
void settle(Reading& reading);

struct JudgeInput {
  std::optional<std::string> own_node;  // nothing: not known, not judged
  bool manage_resources = true;
};
std::vector<Diagnostic> judge(const Reading& reading, const JudgeInput& input);

}  // namespace um::parsers
