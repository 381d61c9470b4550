#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "parsers/ha_cf_reading.hpp"
#include "parsers/ha_cf_values.hpp"

namespace um::parsers {
namespace {

template <milliseconds HaConfig::*Field, Zero zero>
bool time_into(Reading& r, const Word& v) {
  const auto time = read_time(r, v, zero);
  if (time) r.config.*Field = *time;
  return time.has_value();
}

bool read_warntime(Reading& r, const Word& v) {
  const auto time =
      read_time(r, v, Zero::kRefused, fmt::format("Warn time [{}] is invalid.", v.text));
  if (time) r.config.warntime = *time;
  return time.has_value();
}

template <bool HaConfig::*Field>
bool bool_into(Reading& r, const Word& v) {
  return set_bool(r, v, r.config.*Field);
}

template <bool LogSettingsLines::*Field>
bool log_bool_into(Reading& r, const Word& v) {
  return set_bool(r, v, r.config.log.*Field);
}

template <int HaConfig::*Field, std::int64_t least, std::int64_t most>
bool int_into(Reading& r, const Word& v) {
  return set_int(r, v, {least, most}, r.config.*Field);
}

template <std::string HaConfig::*Field>
bool text_into(Reading& r, const Word& v) {
  r.config.*Field = v.text;
  return true;
}

template <std::string LogSettingsLines::*Field>
bool log_text_into(Reading& r, const Word& v) {
  r.config.log.*Field = v.text;
  return true;
}

bool read_node(Reading& r, const Word& v) {
  return add_node(r, v, false);
}

bool read_watchdog(Reading& r, const Word& v) {
  if (r.given.contains("watchdog"))
    return r.error(v, "watchdog may be given only once", "delete one of the lines",
                   "heartbeat: Watchdog device multiply specified.");
  r.config.watchdog = v.text;
  return true;
}

bool read_logfacility(Reading& r, const Word& v) {
  constexpr std::array<std::string_view, 22> kFacilities{
      "auth",   "authpriv", "cron",   "daemon", "ftp",    "kern",   "lpr",    "mail",
      "news",   "security", "syslog", "user",   "uucp",   "local0", "local1", "local2",
      "local3", "local4",   "local5", "local6", "local7", "none"};
  std::size_t index = 0;
  if (!set_word(r, v, v.text, kFacilities, index,
                fmt::format("ERROR: Log facility({}) not valid", v.text)))
    return false;
  r.config.log.logfacility = std::string(v.text);
  return true;
}

bool read_debug(Reading& r, const Word& v) {
  return set_int(r, v, {0, 255}, r.config.log.debug);
}

bool read_rtprio(Reading& r, const Word& v) {
  return set_int(r, v, {1, 99}, r.config.rtprio,
                 fmt::format("ERROR: Illegal realtime priority [{}]", v.text));
}

bool read_hbgenmethod(Reading& r, const Word& v) {
  constexpr std::array<std::string_view, 2> kWords{"file", "time"};
  return set_word(r, v, v.text, kWords, r.config.hbgenmethod,
                  fmt::format("ERROR: Illegal hb generation method [{}]", v.text));
}

bool read_msgfmt(Reading& r, const Word& v) {
  constexpr std::array<std::string_view, 2> kWords{"classic", "netstring"};
  return set_word(r, v, v.text, kWords, r.config.msgfmt);
}

bool read_autojoin(Reading& r, const Word& v) {
  constexpr std::array<std::string_view, 3> kWords{"none", "other", "any"};
  return set_word(r, v, lower_case(v.text), kWords, r.config.autojoin,
                  fmt::format("ERROR: Invalid autojoin directive [{}]", v.text));
}

bool read_uuidfrom(Reading& r, const Word& v) {
  constexpr std::array<std::string_view, 2> kWords{"file", "nodename"};
  return set_word(r, v, v.text, kWords, r.config.uuidfrom,
                  fmt::format("ERROR: Invalid uuidfrom directive [{}]", v.text));
}

bool read_conn_logd_time(Reading& r, const Word& v) {
  const auto time = read_time(r, v, Zero::kRefused);
  if (time) r.config.log.conn_logd_time = *time;
  return time.has_value();
}

bool read_compression(Reading& r, const Word& v) {
  constexpr std::array<std::string_view, 2> kModules{"zlib", "bz2"};
  std::size_t index = 0;
  if (!set_word(r, v, v.text, kModules, index,
                fmt::format("ERROR: Compression module({}) not found", v.text)))
    return false;
  r.config.compression.module = v.text;
  return true;
}

bool read_compression_threshold(Reading& r, const Word& v) {
  return set_int(
      r, v, {1, INT32_MAX}, r.config.compression.threshold_kib,
      fmt::format("ERROR: set_compression_threshold: compress_threshhold({}) invalid", v.text));
}

bool read_traditional_compression(Reading& r, const Word& v) {
  bool& on = r.config.compression.traditional;
  if (!set_bool(
          r, v, on,
          fmt::format("ERROR: set_traditional_compression:Invalid directive value {}", v.text)))
    return false;
  // The old program warned about the word `on` and not about `yes` (observed).
  constexpr std::string_view kLegacy =
      "WARN: Traditional compression selected. Realtime behavior will likely be impacted(!)\n"
      "info: See http://linux-ha.org/wiki/Ha.cf#traditional_compression_-_controls_"
      "compression_mode for more information.";
  if (on)
    r.warn(v.where, "traditional_compression compresses whole messages, heartbeats too",
           "leave it off unless a peer before 2.1 needs it",
           std::string(v.text == "on" ? kLegacy : ""));
  return true;
}

bool read_max_rexmit_delay(Reading& r, const Word& v) {
  int milliseconds_ = 0;
  if (!set_int(r, v, {1, INT32_MAX}, milliseconds_,
               fmt::format("ERROR: Invalid max_rexmit_delay time({})", v.text)))
    return false;
  r.config.max_rexmit_delay = milliseconds(milliseconds_);
  return true;
}

constexpr Takes kWhole = Takes::kWholeLine;
constexpr Takes kWords = Takes::kEachWord;

constexpr std::array kDirectives{
    Directive{"cluster", kWords, text_into<&HaConfig::cluster>, "linux-ha", "the name of cluster"},
    Directive{"node", kWords, read_node},
    Directive{"hopfudge", kWords, int_into<&HaConfig::hopfudge, 0, 255>, "1",
              "# of hops above cluster size"},
    Directive{"keepalive", kWords, time_into<&HaConfig::keepalive, Zero::kRefused>, "1000ms",
              "keepalive time"},
    Directive{"deadtime", kWords, time_into<&HaConfig::deadtime, Zero::kAllowed>, "30000ms",
              "node deadtime"},
    Directive{"deadping", kWords, time_into<&HaConfig::deadping, Zero::kAllowed>, "",
              "ping deadtime"},
    Directive{"initdead", kWords, time_into<&HaConfig::initdead, Zero::kAllowed>, "",
              "initial deadtime"},
    Directive{"warntime", kWords, read_warntime, "", "warning time"},
    Directive{"watchdog", kWords, read_watchdog, "", "watchdog device"},
    Directive{"baud", kWords, read_baud, "19200", "baud rate"},
    Directive{"udpport", kWords, read_udpport, "", "UDP port number"},
    Directive{"logfacility", kWords, read_logfacility, "", "syslog log facility"},
    Directive{"logfile", kWords, log_text_into<&LogSettingsLines::logfile>, "", "log file"},
    Directive{"debugfile", kWords, log_text_into<&LogSettingsLines::debugfile>, "", "debug file"},
    Directive{"nice_failback", kWords, read_nice_failback},
    Directive{"auto_failback", kWords, read_auto_failback, "legacy", "auto failback"},
    Directive{"rtprio", kWords, read_rtprio, "", "realtime priority"},
    Directive{"hbgenmethod", kWords, read_hbgenmethod, "file",
              "protocol generation computation method"},
    Directive{"realtime", kWords, bool_into<&HaConfig::realtime>, "true",
              "enable realtime behavior?"},
    Directive{"debug", kWords, read_debug, "", "debug level"},
    Directive{"normalpoll", kWords, read_ignored_bool},
    Directive{"msgfmt", kWords, read_msgfmt, "classic", "message format in the wire"},
    Directive{"use_logd", kWords, read_use_logd, "", "use logging daemon"},
    Directive{"conn_logd_time", kWords, read_conn_logd_time, "60",
              "the interval to reconnect to logd"},
    Directive{"use_apphbd", kWords, bool_into<&HaConfig::use_apphbd>},
    Directive{"register_to_apphbd", kWords, read_ignored_bool},
    Directive{"log_badpack", kWords, log_bool_into<&LogSettingsLines::log_badpack>, "true",
              "warn about bad packets"},
    Directive{"syslogmsgfmt", kWords, log_bool_into<&LogSettingsLines::syslogmsgfmt>, "true",
              "log to files in syslog format"},
    Directive{"coredumps", kWords, bool_into<&HaConfig::coredumps>, "true",
              "enable Linux-HA core dumps"},
    Directive{"coreroot", kWords, text_into<&HaConfig::coreroot>, "", "directory for core dumps"},
    Directive{"crm_daemon_dir", kWords, read_crm_daemon_dir, "",
              "directory of Pacemaker's daemons"},
    Directive{"crmd_spawns_pengine", kWords, read_crmd_spawns_pengine, "",
              "should pengine be spawned directly by heartbeat"},
    Directive{"crm", kWords, read_crm},
    Directive{"pacemaker", kWords, read_crm, "false", "enable Pacemaker resource management"},
    Directive{"autojoin", kWords, read_autojoin, "none", "set automatic join mode/style"},
    Directive{"uuidfrom", kWords, read_uuidfrom, "file", "set the source for uuid"},
    Directive{"compression", kWords, read_compression, "zlib", "set compression module"},
    Directive{"compression_threshold", kWords, read_compression_threshold, "2",
              "set compression threshold"},
    Directive{"traditional_compression", kWords, read_traditional_compression, "no",
              "set traditional_compression"},
    Directive{"env", kWords, read_env},
    Directive{"max_rexmit_delay", kWords, read_max_rexmit_delay, "250",
              "set the maximum rexmit delay time"},
    Directive{"record_config_changes", kWords, read_pacemaker_bool, "on",
              "record changes to the cib (valid only with: pacemaker on)"},
    Directive{"record_pengine_inputs", kWords, read_pacemaker_bool, "on",
              "record the input used by the policy engine (valid only with: pacemaker on)"},
    Directive{"enable_config_writes", kWords, read_pacemaker_bool, "on",
              "write configuration changes to disk (valid only with: pacemaker on)"},
    Directive{"memreserve", kWords, int_into<&HaConfig::memreserve_kib, 1, INT32_MAX>, "6500",
              "number of kbytes to preallocate in heartbeat"},
    Directive{"quorum_server", kWords, text_into<&HaConfig::quorum_server>, "",
              "the name or ip of quorum server"},

    Directive{"start_failure", kWords, read_start_failure, "",
              "what to do when a resource does not start", true},
    Directive{"monitor", kWhole, read_monitor, "", "interval of the resources' status checks",
              true},
    Directive{"script_limit", kWhole, read_script_limit, "", "", true},
    Directive{"address_guard", kWords, bool_into<&HaConfig::address_guard>, "",
              "put back addresses that others remove", true},
    Directive{"address_probe", kWords, bool_into<&HaConfig::address_probe>, "",
              "look for a duplicate address at start", true},
    Directive{"announce_count", kWords, int_into<&HaConfig::announce_count, 1, 100>, "",
              "announcements of a taken address", true},
    Directive{"announce_interval", kWords, time_into<&HaConfig::announce_interval, Zero::kRefused>,
              "", "time between announcements", true},
    Directive{"failback_delay", kWords, time_into<&HaConfig::failback_delay, Zero::kAllowed>, "",
              "wait before resources go home", true},
    Directive{"track_interface", kWords, read_track_interface, "", "", true},

    Directive{"stonith", kWhole, read_stonith},
    Directive{"stonith_host", kWhole, read_stonith_host},
    Directive{"apiauth", kWhole, read_apiauth},
    Directive{"respawn", kWhole, read_client},
    Directive{"failfast", kWhole, read_client},

    Directive{"bcast", kWords, read_bcast},
    Directive{"udp", kWords, read_bcast},
    Directive{"mcast", kWhole, read_mcast},
    Directive{"ucast", kWhole, read_ucast},
    Directive{"ucast6", kWhole, read_ucast6},
    Directive{"mcast6", kWhole, read_mcast6},
    Directive{"serial", kWords, read_serial},
    Directive{"ping", kWords, read_ping},
    Directive{"ping6", kWords, read_ping6},
    Directive{"ping_group", kWhole, read_ping_group},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kDirectives.size()> names;
  std::ranges::transform(kDirectives, names.begin(), &Directive::name);
  return names;
}();

}  // namespace

std::span<const Directive> directives() {
  return kDirectives;
}

const Directive* find_directive(std::string_view name) {
  const auto found = std::ranges::find(kDirectives, name, &Directive::name);
  return found == kDirectives.end() ? nullptr : &*found;
}

std::string illegal_directive_hint(std::string_view word) {
  constexpr std::array<std::string_view, 4> kDeadMedia{"hbaping", "ppp-udp", "openais", "tipc"};
  if (std::ranges::find(kDeadMedia, word) != kDeadMedia.end())
    return "this medium does not exist any more: use bcast, ucast, mcast or serial";
  if (word.starts_with("//") || word.starts_with(';')) return "a comment begins with #";
  if (word.starts_with("\xFF\xFE") || word.starts_with("\xFE\xFF"))
    return "the file is UTF-16: save it as plain text";
  if (std::string odd = odd_character_hint(word); !odd.empty()) return odd;
  const std::size_t separator = word.find_first_of("=,:");
  if (separator != std::string_view::npos && find_directive(word.substr(0, separator)) != nullptr)
    return fmt::format("write \"{} {}\": a blank stands between name and value",
                       word.substr(0, separator), word.substr(separator + 1));
  const std::string lower = lower_case(word);
  if (find_directive(lower) != nullptr) return fmt::format("directives are lower case: {}", lower);
  const std::string_view near = nearest(lower, kNames);
  return near.empty() ? std::string("the manual ha.cf(5) lists the directives")
                      : fmt::format("did you mean \"{}\"?", near);
}

}  // namespace um::parsers
