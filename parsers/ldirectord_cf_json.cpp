#include "parsers/ldirectord_cf_json.hpp"

#include <nlohmann/json.hpp>

#include "parsers/ldirectord_cf_effective.hpp"
#include "parsers/ldirectord_cf_words.hpp"

namespace um::parsers {
namespace {

using nlohmann::json;

json text(const std::optional<std::string>& value) {
  return value ? json(*value) : json();
}
json text(const std::optional<Number>& value) {
  return value ? json(value->text) : json();
}
json text(const Number* value, std::string_view otherwise) {
  return value != nullptr ? json(value->text) : json(otherwise);
}
json yes_no(bool value) {
  return value ? "yes" : "no";
}
json yes_no(const std::optional<bool>& value) {
  return value ? yes_no(*value) : json();
}

json phases(const std::optional<Phases>& value) {
  if (!value) return {};
  json out = json::array();
  for (const auto& [word, phase] : ldirectord_cf::kPhases)
    if (value->has(phase)) out.push_back(word);
  return out;
}

json fallback(const std::optional<Fallback>& value) {
  if (!value) return {};
  return {{"server", value->server.server()},
          {"port", value->port_given ? json(value->server.port_text) : json()},
          {"forward", name_of(value->forward)}};
}

json fallback(const std::optional<GlobalFallback>& value) {
  if (!value) return {};
  return {{"tcp", fallback(value->tcp)}, {"udp", fallback(value->udp)}};
}

void add_ours(const Settings& s, json& out) {
  if (s.connect_timeout) out["connecttimeout"] = s.connect_timeout->text;
  if (s.rise_count) out["risecount"] = s.rise_count->text;
  if (s.failed) out["failed"] = name_of(*s.failed);
  if (s.drift) out["drift"] = name_of(*s.drift);
  if (s.tls_verify) out["tlsverify"] = name_of(*s.tls_verify);
  if (s.tls_ca_file) out["tlscafile"] = *s.tls_ca_file;
  if (s.minimum)
    out["minimum"] =
        std::to_string(s.minimum->reals) + " " +
        std::string(ldirectord_cf::word_of(ldirectord_cf::kMinimumActions, s.minimum->action));
}

/// What may stand globally and in a section; nothing given is null.
json settings(const Settings& s) {
  json out = {{"checkcount", text(s.check_count)},
              {"checkinterval", text(s.check_interval)},
              {"checktimeout", text(s.check_timeout)},
              {"cleanstop", yes_no(s.clean_stop)},
              {"emailalert", text(s.email_alert)},
              {"emailalertfreq", text(s.email_alert_freq)},
              {"emailalertstatus", phases(s.email_alert_status)},
              {"failurecount", text(s.failure_count)},
              {"fallbackcommand", text(s.fallback_command)},
              {"negotiatetimeout", text(s.negotiate_timeout)},
              {"quiescent", yes_no(s.quiescent)},
              {"smtp", text(s.smtp)}};
  add_ours(s, out);
  return out;
}

json globals(const Globals& g) {
  json out = settings(g.settings);
  const json defaults = {{"checkcount", "1"},
                         {"checkinterval", "10"},
                         {"cleanstop", "yes"},
                         {"emailalert", ""},
                         {"emailalertfreq", "0"},
                         {"failurecount", "1"},
                         {"emailalertstatus", phases(Phases{15})},
                         {"quiescent", "no"}};
  for (const auto& [key, value] : defaults.items())
    if (out[key].is_null()) out[key] = value;
  out["autoreload"] = yes_no(g.autoreload);
  out["callback"] = text(g.callback);
  out["emailalertfrom"] = text(g.email_alert_from);
  out["execute"] = g.execute;
  out["fallback"] = fallback(g.fallback);
  out["fallback6"] = fallback(g.fallback6);
  out["fork"] = yes_no(g.fork);
  out["logfile"] = g.logfile;
  out["maintenancedir"] = text(g.maintenance_dir);
  out["readdquiescent"] = yes_no(g.readd_quiescent);
  out["supervised"] = yes_no(g.supervised);
  if (g.expire_quiescent) out["expire_quiescent"] = "yes";
  return out;
}

json real(const VirtualService& v, const RealServer& r) {
  const std::string port = check_port_text(v, r);
  return {{"server", r.server.server()},
          {"port", r.server.port_text},
          {"forward", name_of(r.forward)},
          {"weight", r.weight.text},
          {"request", text(r.request)},
          {"receive", text(r.receive)},
          {"l-threshold", text(r.lower_threshold)},
          {"u-threshold", text(r.upper_threshold)},
          {"effective",
           {{"request", check_request(v, r)},
            {"receive", check_receive(v, r)},
            {"url", check_url(v, r)},
            {"check_port", port.empty() ? json() : json(port)},
            {"forward_flag", ipvsadm_flag(r.forward)},
            {"id", real_id(v, r)}}}};
}

json in_force(const Globals& g, const VirtualService& v) {
  const auto count = [](const std::optional<Number>& own, const std::optional<Number>& global) {
    return own ? own->text : global ? global->text : "1";
  };
  return {{"checktimeout", text(check_timeout_given(g, v), "5")},
          {"negotiatetimeout", text(negotiate_timeout_given(g, v), "30")},
          {"checkcount", count(v.settings.check_count, g.settings.check_count)},
          {"failurecount", count(v.settings.failure_count, g.settings.failure_count)},
          {"fallback", fallback(effective(g, v).fallback)},
          {"ipvsadm_flags", ipvsadm_flags(v)}};
}

json service(const Globals& g, const VirtualService& v) {
  json out = settings(v.settings);
  out.update({{"checkcommand", v.check_command},
              {"checkport", text(v.check_port)},
              {"checktype", name_of(v.check_type)},
              {"combined_connects", v.combined_connects.text},
              {"comment", text(v.comment)},
              {"database", v.database},
              {"effective", in_force(g, v)},
              {"fallback", fallback(v.fallback)},
              {"family", v.server.family == Family::kInet ? "inet" : "inet6"},
              {"fwm", v.is_mark() ? json(v.mark_text) : json()},
              {"httpmethod", name_of(v.http_method)},
              {"id", virtual_id(v)},
              {"load", text(v.load)},
              {"login", v.login},
              {"monitorfile", text(v.monitor_file)},
              {"netmask", text(v.netmask)},
              {"ops", yes_no(v.ops)},
              {"passwd", v.passwd},
              {"persistent", text(v.persistent)},
              {"port", v.server.port_text},
              {"protocol", name_of(v.protocol)},
              {"receive", v.receive},
              {"request", v.request},
              {"schedflags", text(v.sched_flags)},
              {"scheduler", v.scheduler},
              {"secret", v.secret},
              {"server", v.is_mark() ? json() : json(v.server.server())},
              {"service", name_of(v.service)},
              {"servicename", text(v.service_name)},
              {"virtualhost", text(v.virtual_host)}});
  out["real"] = json::array();
  for (const RealServer& r : v.reals) out["real"].push_back(real(v, r));
  return out;
}

}  // namespace

std::string dump_json(const LdirectordConfig& config) {
  json out = {{"globals", globals(config.globals)}, {"virtuals", json::array()}};
  for (const VirtualService& v : config.virtuals)
    out["virtuals"].push_back(service(config.globals, v));
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace um::parsers
