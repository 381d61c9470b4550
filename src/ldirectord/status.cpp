#include "ldirectord/status.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ldirectord/admin_state.hpp"
#include "ldirectord/words.hpp"

namespace um::ldirectord {
namespace {

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// A check that waits longer than this for its turn is worth a line.
constexpr Duration kLate = std::chrono::seconds(1);

// One real server with all that is known about it.
struct Row {
  const RosterVirtual& v;
  const RosterReal& real;
  const Health& health;
  const JobState* job;                  // nullptr: not checked
  std::optional<std::uint32_t> weight;  // in the table; nothing: absent
  ipvs::Connections connections;

  std::string state() const {
    if (health.maintenance) return "maintenance";
    if (health.admin != Admin::kEnabled) return std::string(name_of(health.admin));
    if (!health.checked) return health.up ? "assumed up" : "unchecked";
    return health.up ? "up" : "down";
  }
  std::string reason() const { return job == nullptr ? "not checked" : job->last.reason; }
};

template <class OnRow>
void each_row(const Report& report, std::size_t v, OnRow on_row) {
  const Director& director = report.director;
  const RosterVirtual& virt = director.roster().virtuals[v];
  const VirtualState& state = director.virtuals()[v];
  auto counted = report.connections.find(virt.key);
  for (std::size_t r = 0; r < virt.reals.size(); ++r) {
    const RosterReal& real = virt.reals[r];
    Row row{virt, real, state.reals[r], real.job ? &director.jobs()[*real.job] : nullptr, {}, {}};
    if (state.written)
      if (auto entry = state.written->reals.find(real.at); entry != state.written->reals.end())
        row.weight = entry->second.weight;
    if (counted != report.connections.end())
      if (auto found = counted->second.find(real.at); found != counted->second.end())
        row.connections = found->second;
    on_row(row);
  }
}

std::string age_text(const Report& report, const JobState* job) {
  if (job == nullptr || !job->finished) return "never checked";
  return fmt::format("for {:.0f} s, checked {:.1f} s ago in {:.0f} ms",
                     seconds(report.now - job->since), seconds(report.now - *job->finished),
                     seconds(job->latency) * 1000);
}

bool fallback_in_use(const RosterVirtual& v, const VirtualState& state) {
  return v.fallback && state.written && state.written->reals.contains(v.fallback->at) &&
         state.wish.reals.contains(v.fallback->at) && count_in_service(state.reals) == 0;
}

std::string escaped_label(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string render_verbose(const Report& report) {
  const Director& director = report.director;
  const Vitals& vitals = report.vitals;
  std::string text =
      fmt::format("director {} for {:.0f} s, configuration of {:.0f} s ago, {} checks running\n",
                  name_of(director.phase()), seconds(report.now - vitals.started),
                  seconds(report.now - vitals.config_read), vitals.checks_running);
  if (vitals.check_overdue > kLate)
    text += fmt::format("a check is overdue by {:.1f} s\n", seconds(vitals.check_overdue));
  if (!vitals.config_error.empty())
    text += fmt::format("last reload refused {:.0f} s ago: {}\n",
                        seconds(report.now - vitals.config_refused), vitals.config_error);
  for (std::size_t v = 0; v < director.virtuals().size(); ++v) {
    const RosterVirtual& virt = director.roster().virtuals[v];
    const VirtualState& state = director.virtuals()[v];
    text += fmt::format("\nvirtual {} {} {}{}{}\n", virt.protocol, virt.name,
                        ipvs::settings_text(virt.settings, virt.key.address.family),
                        virt.service_name.empty() ? "" : "  [" + virt.service_name + "]",
                        fallback_in_use(virt, state) ? "  FALLBACK " + virt.fallback->name : "");
    each_row(report, v, [&](const Row& row) {
      text +=
          fmt::format("  real {:<22} {:<11} weight {:<5} active {} inactive {}  {}{}{}\n",
                      row.real.name, row.state(), row.weight ? fmt::format("{}", *row.weight) : "-",
                      row.connections.active, row.connections.inactive, age_text(report, row.job),
                      row.reason().empty() ? "" : ": ", row.reason());
      if (row.job != nullptr && !row.job->last.notice.empty())
        text += fmt::format("       note: {}\n", row.job->last.notice);
    });
    for (const std::string& line : state.refused) text += fmt::format("  refused: {}\n", line);
    for (const std::string& line : state.drifted) text += fmt::format("  drift: {}\n", line);
  }
  return text;
}

std::string render_json(const Report& report) {
  using nlohmann::json;
  const Director& director = report.director;
  const Vitals& vitals = report.vitals;
  json root = {{"phase", name_of(director.phase())},
               {"uptime_seconds", seconds(report.now - vitals.started)},
               {"config_age_seconds", seconds(report.now - vitals.config_read)},
               {"config_error", vitals.config_error},
               {"reloads", vitals.reloads},
               {"reloads_refused", vitals.reloads_refused},
               {"checks_running", vitals.checks_running},
               {"check_overdue_seconds", seconds(vitals.check_overdue)},
               {"virtuals", json::array()}};
  if (!vitals.config_error.empty())
    root["config_error_age_seconds"] = seconds(report.now - vitals.config_refused);
  for (std::size_t v = 0; v < director.virtuals().size(); ++v) {
    const RosterVirtual& virt = director.roster().virtuals[v];
    const VirtualState& state = director.virtuals()[v];
    json service = {{"name", virt.name},
                    {"protocol", virt.protocol},
                    {"scheduler", virt.settings.scheduler},
                    {"persistent", virt.settings.persistence},
                    {"service_name", virt.service_name},
                    {"fallback", virt.fallback ? json(virt.fallback->name) : json()},
                    {"fallback_active", fallback_in_use(virt, state)},
                    {"refused", state.refused},
                    {"drift", state.drifted},
                    {"reals", json::array()}};
    each_row(report, v, [&](const Row& row) {
      json real = {{"name", row.real.name},
                   {"state", row.state()},
                   {"up", row.health.up},
                   {"failures", row.health.failures},
                   {"configured_weight", row.real.entry.weight},
                   {"weight", row.weight ? json(*row.weight) : json()},
                   {"reason", row.reason()},
                   {"active_connections", row.connections.active},
                   {"inactive_connections", row.connections.inactive},
                   {"persistent_connections", row.connections.persistent}};
      if (row.job != nullptr && row.job->finished) {
        real["age_seconds"] = seconds(report.now - *row.job->finished);
        real["state_seconds"] = seconds(report.now - row.job->since);
        real["latency_seconds"] = seconds(row.job->latency);
        real["checks"] = row.job->runs;
        real["notice"] = row.job->last.notice;
      }
      service["reals"].push_back(std::move(real));
    });
    root["virtuals"].push_back(std::move(service));
  }
  return root.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

namespace {

std::string render_vitals(const Report& report) {
  const Vitals& vitals = report.vitals;
  std::string text;
  auto add = [&text](std::string_view name, std::string_view type, auto value) {
    text += fmt::format("# TYPE ldirectord_{0} {1}\nldirectord_{0} {2}\n", name, type, value);
  };
  add("uptime_seconds", "gauge", seconds(report.now - vitals.started));
  add("config_ok", "gauge", vitals.config_error.empty() ? 1 : 0);
  add("config_age_seconds", "gauge", seconds(report.now - vitals.config_read));
  add("reloads_total", "counter", vitals.reloads);
  add("reloads_refused_total", "counter", vitals.reloads_refused);
  add("checks_running", "gauge", vitals.checks_running);
  add("check_overdue_seconds", "gauge", seconds(vitals.check_overdue));
  return text;
}

}  // namespace

std::string render_prometheus(const Report& report) {
  struct Metric {
    const char* name;
    const char* help;
    std::string samples;
    const char* type = "gauge";
  };
  Metric up{"ldirectord_real_up", "1 when the last checks succeeded", {}};
  Metric weight{"ldirectord_real_weight", "weight in the kernel's table", {}};
  Metric age{"ldirectord_check_age_seconds", "time since the last check ended", {}};
  Metric runs{"ldirectord_checks_total", "checks done", {}, "counter"};
  Metric latency{"ldirectord_check_latency_seconds", "duration of the last check", {}};
  Metric active{"ldirectord_real_active_connections", "active connections in the kernel", {}};
  Metric inactive{"ldirectord_real_inactive_connections", "inactive connections in the kernel", {}};
  Metric fallback{"ldirectord_fallback_active", "1 while the fallback serves", {}};
  const Director& director = report.director;
  for (std::size_t v = 0; v < director.virtuals().size(); ++v) {
    const RosterVirtual& virt = director.roster().virtuals[v];
    const std::string of_virtual =
        fmt::format("virtual=\"{}\",protocol=\"{}\",service=\"{}\"", virt.name, virt.protocol,
                    escaped_label(virt.service_name));
    auto sample = [](Metric& metric, const std::string& labels, double value) {
      metric.samples += fmt::format("{}{{{}}} {}\n", metric.name, labels, value);
    };
    sample(fallback, of_virtual, fallback_in_use(virt, director.virtuals()[v]) ? 1 : 0);
    each_row(report, v, [&](const Row& row) {
      const std::string labels = fmt::format("{},real=\"{}\"", of_virtual, row.real.name);
      sample(up, labels, row.health.up ? 1 : 0);
      if (row.weight) sample(weight, labels, *row.weight);
      sample(active, labels, row.connections.active);
      sample(inactive, labels, row.connections.inactive);
      if (row.job == nullptr || !row.job->finished) return;
      sample(age, labels, seconds(report.now - *row.job->finished));
      sample(latency, labels, seconds(row.job->latency));
      sample(runs, labels, static_cast<double>(row.job->runs));
    });
  }
  std::string text = render_vitals(report);
  for (const Metric* metric : {&up, &weight, &age, &latency, &runs, &active, &inactive, &fallback})
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{3}", metric->name, metric->help,
                        metric->type, metric->samples);
  return text;
}

}  // namespace um::ldirectord
