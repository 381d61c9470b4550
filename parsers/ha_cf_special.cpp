// The directives whose values follow a rule of their own.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "parsers/duration.hpp"
#include "parsers/ha_cf_reading.hpp"
#include "parsers/ha_cf_values.hpp"

namespace um::parsers {
namespace {

/// H3: what stood at the first line of a kind stays in force; an old peer reads the file that way.
void warn_about_frozen_ports(Reading& r, const Word& v, std::uint16_t port) {
  struct Frozen {
    std::string_view kind;
    const std::optional<FrozenPort>& port;
  };
  for (const auto& [kind, frozen] : {Frozen{"bcast", r.bcast_port}, Frozen{"ucast", r.ucast_port},
                                     Frozen{"ucast6", r.ucast6_port}})
    if (frozen && frozen->port != port)
      r.warn(
          v.where,
          fmt::format("udpport {} has no effect on {}, which stays on {}: a {} line stands above",
                      port, kind, frozen->port, kind),
          "move the udpport line above all media lines");
}

}  // namespace

std::optional<milliseconds> read_time(Reading& r, const Word& v, Zero zero, std::string legacy) {
  const std::optional<milliseconds> time = parse_duration(v.text);
  if (!time || (zero == Zero::kRefused && time->count() == 0)) {
    r.refuse(v, time ? "must be at least one millisecond" : duration_hint(v.text),
             std::move(legacy));
    return std::nullopt;
  }
  return time;
}

bool set_bool(Reading& r, const Word& v, bool& field, std::string legacy) {
  const std::optional<bool> value = legacy_bool(v.text);
  if (!value)
    return r.refuse(v, "expected on or off (yes, true, y, 1; no, false, n, 0)", std::move(legacy));
  field = *value;
  return true;
}

bool set_int(Reading& r, const Word& v, Range range, int& field, std::string legacy) {
  const std::string expected = range.most == INT32_MAX
                                   ? fmt::format("expected a number of at least {}", range.least)
                                   : fmt::format("expected {} to {}", range.least, range.most);
  const LegacyInt number = legacy_int(v.text);
  if (number.overflow || number.value < range.least || number.value > range.most)
    return r.refuse(v, expected, std::move(legacy));
  if (number.junk)
    r.warn(v.where, fmt::format("\"{}\" is read as {}", v.text, number.value), expected);
  field = static_cast<int>(number.value);
  return true;
}

bool read_baud(Reading& r, const Word& v) {
  constexpr std::array kRates{9600, 19200, 38400, 57600, 115200, 230400, 460800};
  if (r.given.contains("baud"))
    return r.error(v, "baud may be given only once", "delete one of the lines",
                   "heartbeat: Baudrate multiply specified.");
  const LegacyInt rate = legacy_int(v.text);
  if (rate.overflow || std::ranges::find(kRates, rate.value) == kRates.end())
    return r.refuse(v, fmt::format("expected one of {}", fmt::join(kRates, ", ")),
                    fmt::format("heartbeat: invalid baudrate [{}] specified.", v.text));
  if (rate.junk)
    r.warn(v.where, fmt::format("\"{}\" is read as {}", v.text, rate.value), "write the number");
  r.config.baud = static_cast<int>(rate.value);
  if (r.serial_baud && *r.serial_baud != r.config.baud)
    r.warn(v.where,
           fmt::format("baud {} has no effect: serial lines above it stay at {}", rate.value,
                       *r.serial_baud),
           "move the baud line above the serial lines");
  return true;
}

bool read_udpport(Reading& r, const Word& v) {
  const LegacyInt port = legacy_int(v.text);
  if (port.value <= 0 || port.value > UINT16_MAX)
    return r.refuse(v, "expected a port, 1 to 65535",
                    port.value <= 0 ? fmt::format("heartbeat: invalid port [{}] specified.", v.text)
                                    : std::string{});
  if (port.junk)
    r.warn(v.where, fmt::format("\"{}\" is read as {}", v.text, port.value), "write the number");
  r.config.udpport = static_cast<std::uint16_t>(port.value);
  warn_about_frozen_ports(r, v, *r.config.udpport);
  return true;
}

bool read_auto_failback(Reading& r, const Word& v) {
  if (lower_case(v.text) == "legacy") {
    r.config.auto_failback = AutoFailback::kLegacy;
  } else {
    bool on = false;
    if (!set_bool(r, v, on)) {
      r.diagnostics.back().hint = "expected on, off or legacy";
      return false;
    }
    r.config.auto_failback = on ? AutoFailback::kOn : AutoFailback::kOff;
  }
  r.config.auto_failback_given = true;
  return true;
}

/// H20: whatever the value, the old program takes it for `legacy`, or for `off` after
/// auto_failback.
bool read_nice_failback(Reading& r, const Word& v) {
  constexpr std::string_view kFirst =
      "ERROR: nice_failback flag is obsolete.. Use auto_failback {on, off, legacy} instead.\n";
  constexpr std::string_view kLast = "ERROR: See documentation for details.";
  if (!legacy_bool(v.text))
    return r.refuse(v, "nice_failback is obsolete: write auto_failback on, off or legacy",
                    fmt::format("{}{}", kFirst, kLast));
  const bool after_auto =
      r.config.auto_failback_given && r.config.auto_failback != AutoFailback::kLegacy;
  const std::string middle =
      after_auto
          ? fmt::format("ERROR: 'nice_failback {}' has been changed to 'auto_failback off'\n",
                        v.text)
          : fmt::format(
                "ERROR: nice_failback {} has been strictly interpreted as 'auto_failback "
                "legacy'\n"
                "ERROR: Consider converting to 'auto_failback on'.\n"
                "ERROR: When you do, then you can use ipfail, and hb_standby\n",
                v.text);
  r.config.auto_failback = after_auto ? AutoFailback::kOff : AutoFailback::kLegacy;
  r.config.auto_failback_given = true;
  const std::string_view meaning = after_auto ? "off" : "legacy";
  r.given.insert_or_assign("auto_failback", Given{std::string(meaning), v.where});
  r.warn(v.where, fmt::format("nice_failback is obsolete and read as auto_failback {}", meaning),
         "write auto_failback on or off", fmt::format("{}{}{}", kFirst, middle, kLast));
  return true;
}

bool read_use_logd(Reading& r, const Word& v) {
  bool on = false;
  if (!set_bool(r, v, on)) {
    r.remark(std::string(kLogdOff));  // the old program took the bad value for off first
    return false;
  }
  r.config.log.use_logd = on;
  r.remark(on ? fmt::format("info: Enabling logging daemon \n{}\n{}", kNoLogd, kLogdOwnsFiles)
              : std::string(kLogdOff));
  return true;
}

bool read_env(Reading& r, const Word& v) {
  const std::size_t equals = v.text.find('=');
  if (equals == 0)
    return r.refuse(v, "expected NAME=VALUE",
                    fmt::format("ERROR: set_env: invalid nvpair({})", v.text));
  if (equals == std::string_view::npos)  // H13
    r.warn(v.where, fmt::format("env {} has no value: HA_{} will be empty", v.text, v.text),
           "write NAME=VALUE without blanks; each word is a pair of its own");
  r.config.environment.emplace_back(v.text.substr(0, equals), equals == std::string_view::npos
                                                                  ? std::string_view{}
                                                                  : v.text.substr(equals + 1));
  return true;
}

// ---- what belongs to pacemaker, or to nothing any more ------------------------------------------

bool read_pacemaker_bool(Reading& r, const Word& v) {
  bool ignored = false;
  return set_bool(r, v, ignored,
                  fmt::format("ERROR: ha_config_check_boolean:Invalid directive value {}", v.text));
}

bool read_crmd_spawns_pengine(Reading& r, const Word& v) {
  if (r.crm_seen)
    return r.error(v, "crmd_spawns_pengine stands below the crm line",
                   "delete it: it belongs to Pacemaker",
                   fmt::format("ERROR: If you specify {}, it must come before the pacemaker "
                               "directive\n",
                               v.text));
  return read_pacemaker_bool(r, v);
}

bool read_crm_daemon_dir(Reading& r, const Word& v) {
  if (!r.crm_seen)  // H16: 3.0.6 refused it without a word
    r.beyond_legacy(v.where, "heartbeat 3.0.6 refuses crm_daemon_dir above a crm line");
  return true;
}

bool read_crm(Reading& r, const Word& v) {
  if (r.crm_seen)
    return r.error(v, "crm and pacemaker may be given only once, in either spelling",
                   "delete one of the lines",
                   "ERROR: pacemaker/crm directive used multiple times!");
  r.crm_seen = true;
  r.remark(fmt::format("info: Pacemaker support: {}", v.text));
  const std::optional<bool> on = legacy_bool(v.text);
  if (on && !*on) {
    r.given.insert_or_assign("pacemaker", Given{std::string(v.text), v.where});
    return true;
  }
  const std::string word = lower_case(v.text);
  constexpr std::array<std::string_view, 5> kModes{"respawn", "minimal", "manual", "ccm-only",
                                                   "valgrind"};
  if (on || std::ranges::find(kModes, word) != kModes.end())
    return r.refuse(v,
                    "this cluster is managed by haresources: delete the line, or run Pacemaker "
                    "with Corosync instead");
  return r.refuse(v, "expected off: this cluster is managed by haresources");
}

bool read_ignored_bool(Reading& r, const Word& v) {  // H16
  r.warn(r.directive.where, fmt::format("{} is ignored", r.directive.text),
         "it had a meaning before 2.1 only: delete the line");
  r.beyond_legacy(r.directive.where,
                  fmt::format("heartbeat 3.0.6 does not know {}", r.directive.text));
  bool ignored = false;
  return set_bool(r, v, ignored);
}

// ---- ours (decision G6) -------------------------------------------------------------------------

bool read_start_failure(Reading& r, const Word& v) {
  constexpr std::array<std::string_view, 2> kWords{"giveup", "continue"};
  return set_word(r, v, v.text, kWords, r.config.start_failure);
}

bool read_monitor(Reading& r, const Word& rest) {
  constexpr std::array<std::string_view, 3> kWords{"alert", "restart", "failover"};
  const std::vector<Word> words = split_words(rest, Commas::kOrdinary);
  if (words.empty() || words.size() > 2)
    return r.refuse(rest, "expected `monitor TIME [alert|restart|failover]` or `monitor off`");
  if (lower_case(words[0].text) == "off") {
    r.config.monitor = {};
    return true;
  }
  const auto interval = read_time(r, words[0], Zero::kRefused);
  if (!interval) return false;
  r.config.monitor.interval = *interval;
  return words.size() == 1 || set_word(r, words[1], words[1].text, kWords, r.config.monitor.action);
}

bool read_script_limit(Reading& r, const Word& rest) {
  constexpr std::array<std::string_view, 3> kActions{"start", "stop", "status"};
  const std::vector<Word> words = split_words(rest, Commas::kOrdinary);
  if (words.size() != 3)
    return r.refuse(rest, "expected `script_limit AGENT start|stop|status TIME`; AGENT * is all");
  std::size_t action = 0;
  if (!set_word(r, words[1], words[1].text, kActions, action)) return false;
  const auto limit = read_time(r, words[2], Zero::kRefused);
  if (!limit) return false;
  r.config.script_limits.push_back(
      {std::string(words[0].text), std::string(words[1].text), *limit});
  return true;
}

bool read_track_interface(Reading& r, const Word& v) {
  r.config.track_interfaces.emplace_back(v.text);
  return true;
}

}  // namespace um::parsers
