// What follows from a whole ha.cf: defaults of unset values, the recorded parameters, and whether
// the values fit together (spec ha-cf 5, steps 3 to 17).
#include <algorithm>

#include <fmt/format.h>

#include "parsers/duration.hpp"
#include "parsers/ha_cf_reading.hpp"

namespace um::parsers {
namespace {

using namespace std::chrono_literals;

/// Spec 5 step 10.
milliseconds default_initdead(milliseconds deadtime) {
  if (deadtime > 10s) return deadtime;
  return deadtime < 6s ? milliseconds(12s) : deadtime * 2;
}

bool has_facility(const HaConfig& config) {
  // `none` and, by accident of its number, `kern` count as no facility (spec 3.5).
  const auto& facility = config.log.logfacility;
  return facility && *facility != "none" && *facility != "kern";
}

/// What the old program records for a directive that the file does not give.
std::string computed(const HaConfig& config, const Directive& directive) {
  const std::string_view name = directive.name;
  if (name == "deadping") return to_text(config.deadping);
  if (name == "initdead") return to_text(config.initdead);
  if (name == "warntime") return to_text(config.warntime);
  if (name == "udpport") return std::to_string(config.udpport.value_or(kDefaultUdpPort));
  if (name == "debug") return "0";
  if ((name == "logfile" || name == "debugfile") && has_facility(config)) return "/dev/null";
  return std::string(directive.default_value);
}

class Judge {
 public:
  Judge(const Reading& r, const JudgeInput& input) : r_(r), c_(r.config), input_(input) {}

  std::vector<Diagnostic> run() {
    nodes_and_media();
    dead_times();
    failback();
    logging();
    if (c_.autojoin != Autojoin::kNone && input_.manage_resources)
      error(at("autojoin"), "autojoin does not go with haresources", "write autojoin none",
            "ERROR: R1 style resource management conflicts with  autojoin set\n"
            "ERROR: You need either unset autojoin or enable crm");
    return std::move(out_);
  }

 private:
  Span at(std::string_view directive) const {
    const auto found = r_.given.find(directive);
    if (found != r_.given.end()) return found->second.where;
    return {r_.source->text().size(), r_.source->text().size()};
  }
  bool given(std::string_view directive) const { return r_.given.contains(directive); }
  void say(Severity severity, Span where, std::string message, std::string hint,
           std::string legacy) {
    out_.push_back({severity, where, std::move(message), std::move(hint), std::move(legacy)});
  }
  void error(Span where, std::string message, std::string hint, std::string legacy) {
    say(Severity::kError, where, std::move(message), std::move(hint), std::move(legacy));
  }
  void warn(Span where, std::string message, std::string hint, std::string legacy = {}) {
    say(Severity::kWarning, where, std::move(message), std::move(hint), std::move(legacy));
  }

  void nodes_and_media() {
    if (c_.media.empty())
      error(at("bcast"), "no way to send heartbeats", "add a line such as `bcast eth0`",
            "ERROR: No heartbeat media defined");
    if (c_.nodes.empty() && c_.autojoin != Autojoin::kAny)
      error(at("node"), "no node defined", "add `node NAME1 NAME2`, the names `uname -n` prints",
            "ERROR: no nodes defined");
    if (input_.own_node) own_node(*input_.own_node);
  }

  void own_node(const std::string& own) {
    if (std::ranges::any_of(c_.nodes, [&](const Node& n) { return !n.ping && n.name == own; }))
      return;
    if (c_.autojoin == Autojoin::kAny) {
      say(Severity::kNote, at("autojoin"), fmt::format("this node, {}, joins by itself", own), {},
          fmt::format("notice: Current node [{}] added to configuration.", own));
      return;
    }
    std::string found;
    for (const Node& node : c_.nodes)
      if (!node.ping) found += fmt::format("{}{}", found.empty() ? "" : ", ", node.name);
    error(at("node"), fmt::format("this node is called \"{}\", which no node line names", own),
          found.empty()
              ? std::string("add it to a node line")
              : fmt::format("the file has {}; names must match in full, domain included", found),
          fmt::format("ERROR: Current node [{}] not in configuration!\n"
                      "info: By default, cluster nodes are named by `uname -n` and must be "
                      "declared with a 'node' directive in the ha.cf file.\n"
                      "info: See also: http://linux-ha.org/wiki/Ha.cf#node_directive",
                      own));
  }

  void dead_times() {
    const auto keepalive = c_.keepalive.count();
    const std::string more_than =
        fmt::format("must be more than twice keepalive ({} ms)", keepalive);
    if (c_.deadtime <= c_.keepalive * 2)
      error(at("deadtime"), fmt::format("deadtime {} ms is too short", c_.deadtime.count()),
            more_than,
            fmt::format("ERROR: Dead time [{}] is too small compared to keeplive [{}]",
                        c_.deadtime.count(), keepalive));
    initdead();
    if (given("deadping") && c_.deadping <= c_.keepalive * 2)
      error(at("deadping"), fmt::format("deadping {} ms is too short", c_.deadping.count()),
            more_than,
            fmt::format("ERROR: Ping dead time [{}] is too small compared to keeplive [{}]",
                        c_.deadping.count(), keepalive));
    if (given("warntime") && c_.warntime >= c_.deadtime)  // H24
      warn(at("warntime"),
           fmt::format("warntime {} ms never comes: deadtime is {} ms", c_.warntime.count(),
                       c_.deadtime.count()),
           "half of deadtime is usual");
    else if (given("warntime") && c_.warntime < c_.keepalive)
      warn(at("warntime"),
           fmt::format("warntime {} ms is shorter than keepalive, {} ms", c_.warntime.count(),
                       keepalive),
           "every heartbeat will be called late");
  }

  void initdead() {
    if (c_.initdead < c_.deadtime)
      error(at("initdead"), fmt::format("initdead {} ms is too short", c_.initdead.count()),
            fmt::format("must be at least deadtime ({} ms)", c_.deadtime.count()),
            fmt::format("ERROR: Initial dead time [{}] is smaller than deadtime [{}]",
                        c_.initdead.count(), c_.deadtime.count()));
    else if (c_.initdead < 10s)
      warn(at("initdead"), fmt::format("initdead {} ms may be too short", c_.initdead.count()),
           "a switch port needs up to 30 s after the link comes up",
           fmt::format("WARN: Initial dead time [{} ms] may be too small!\n"
                       "info: Initial dead time accounts for slow network startup time\n"
                       "info: It should be >= deadtime and >= 10 seconds",
                       c_.initdead.count()));
  }

  void failback() {
    if (c_.auto_failback != AutoFailback::kLegacy || !input_.manage_resources) return;
    warn(at("auto_failback"),
         c_.auto_failback_given
             ? "auto_failback legacy: hb_standby and ipfail do not work"
             : "auto_failback is not set and means legacy: hb_standby and ipfail do not work",
         "write auto_failback on (resources go home) or off (they stay)",
         "WARN: Deprecated 'legacy' auto_failback option selected.\n"
         "WARN: Please convert to 'auto_failback on'.\n"
         "WARN: See documentation for conversion details.");
  }

  void logging() {
    const bool files = !c_.log.logfile.empty() || !c_.log.debugfile.empty();
    const bool any = files || has_facility(c_);
    const bool off = c_.log.use_logd.has_value() && !*c_.log.use_logd;
    const bool on = c_.log.use_logd.has_value() && *c_.log.use_logd;
    if (!any && off)
      error(at("use_logd"), "use_logd is off and nothing else takes the log",
            "add `logfacility daemon` or a logfile line",
            fmt::format("ERROR: No log entry found in ha.cf and use_logd is set to off\n{}",
                        kNoLogd));
    else if (!any && !on)
      say(Severity::kNote, at("use_logd"), "no log line: the log goes to syslog, facility daemon",
          "add `logfacility daemon` or a logfile line to choose",
          fmt::format("info: No log entry found in ha.cf -- use logd\n{}\n"
                      "info: Enabling logging daemon \n{}",
                      kNoLogd, kLogdOwnsFiles));
    else if (any && !on)
      say(Severity::kNote, at("use_logd"), {}, {}, std::string(kLogdOff));
    else if (any)
      say(Severity::kNote, at("use_logd"), {}, {},
          fmt::format("WARN: logd is enabled but logfile/debugfile{} is still configured in ha.cf",
                      has_facility(c_) ? "/logfacility" : ""));
  }

  const Reading& r_;
  const HaConfig& c_;
  const JudgeInput& input_;
  std::vector<Diagnostic> out_;
};

}  // namespace

void settle(Reading& r) {
  HaConfig& c = r.config;
  if (!r.given.contains("warntime")) c.warntime = c.deadtime / 2;
  if (!r.given.contains("initdead")) c.initdead = default_initdead(c.deadtime);
  if (!r.given.contains("deadping")) c.deadping = c.deadtime;
  c.parameters.clear();
  for (const Directive& directive : directives()) {
    if (directive.explanation.empty()) continue;
    const auto given = r.given.find(directive.name);
    if (given != r.given.end())
      c.parameters.push_back(
          {std::string(directive.name), given->second.value, given->second.where});
    else if (std::string value = computed(c, directive); !value.empty())
      c.parameters.push_back({std::string(directive.name), std::move(value), {}});
  }
}

std::vector<Diagnostic> judge(const Reading& reading, const JudgeInput& input) {
  return Judge(reading, input).run();
}

std::optional<std::string_view> parameter(const HaConfig& config, std::string_view name) {
  const auto found = std::ranges::find(config.parameters, name, &Parameter::name);
  if (found == config.parameters.end()) return std::nullopt;
  return found->value;
}

}  // namespace um::parsers
