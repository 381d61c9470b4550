#include "parsers/ldirectord_cf_effective.hpp"

#include <array>

#include <fmt/format.h>

namespace um::parsers {
namespace {

struct WellKnown {
  Service service;
  std::uint16_t port;
};
constexpr std::array<WellKnown, 19> kWellKnown{{
    {Service::kFtp, 21},         {Service::kSmtp, 25},     {Service::kDns, 53},
    {Service::kHttp, 80},        {Service::kPop, 110},     {Service::kNntp, 119},
    {Service::kImap, 143},       {Service::kLdap, 389},    {Service::kHttps, 443},
    {Service::kSubmission, 587}, {Service::kLdaps, 636},   {Service::kImaps, 993},
    {Service::kPops, 995},       {Service::kOracle, 1521}, {Service::kRadius, 1812},
    {Service::kHttpProxy, 3128}, {Service::kMysql, 3306},  {Service::kSip, 5060},
    {Service::kPgsql, 5432},
}};

using Setting = std::optional<Number>;

const Number* first_given(std::initializer_list<const Setting*> settings) {
  for (const Setting* setting : settings)
    if (*setting) return &**setting;
  return nullptr;
}

template <class T>
T value_or(const Number* number, T fallback) {
  return number != nullptr ? T(number->value) : fallback;
}

template <class T>
T pick(const Setting& own, const Setting& global, T fallback) {
  return value_or(first_given({&own, &global}), fallback);
}

template <class T>
T pick(const std::optional<T>& own, const std::optional<T>& global, T fallback) {
  return own ? *own : global.value_or(std::move(fallback));
}

/// Perl's quotemeta, by which the old program made strings part of an id.
std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!plain) out += '\\';
    out += c;
  }
  return out;
}

std::optional<Fallback> fallback_in_force(const Globals& globals, const VirtualService& v) {
  if (v.fallback) return v.fallback;
  const auto& global = v.server.family == Family::kInet ? globals.fallback : globals.fallback6;
  if (!global) return std::nullopt;
  std::optional<Fallback> out = v.protocol == Protocol::kUdp  ? global->udp
                                : v.is_mark() && !global->tcp ? global->udp
                                                              : global->tcp;
  if (!out) return out;
  // A firewall mark has no port; the old program lost the whole fallback here (decision L13).
  if (v.is_mark() || !out->port_given) {
    out->server.port_text = v.server.port_text;
    out->server.port = v.server.port;
    out->port_given = true;
  }
  return out;
}

std::string without_slash(const std::string& request) {
  return request.starts_with('/') ? request.substr(1) : request;
}

}  // namespace

std::uint16_t port_of(Service service) {
  for (const WellKnown& w : kWellKnown)
    if (w.service == service) return w.port;
  return 0;
}

Service service_of_port(std::string_view port_text) {
  for (const WellKnown& w : kWellKnown)
    if (fmt::format_int(w.port).str() == port_text) return w.service;
  return Service::kNone;
}

const Number* check_timeout_given(const Globals& globals, const VirtualService& v) {
  const Settings &own = v.settings, &all = globals.settings;
  return first_given(
      {&own.check_timeout, &own.negotiate_timeout, &all.check_timeout, &all.negotiate_timeout});
}

const Number* negotiate_timeout_given(const Globals& globals, const VirtualService& v) {
  const Settings &own = v.settings, &all = globals.settings;
  return first_given(
      {&own.negotiate_timeout, &own.check_timeout, &all.negotiate_timeout, &all.check_timeout});
}

Effective effective(const Globals& globals, const VirtualService& v) {
  const Settings& own = v.settings;
  const Settings& all = globals.settings;
  Effective out;
  out.check_timeout = value_or(check_timeout_given(globals, v), out.check_timeout);
  out.negotiate_timeout = value_or(negotiate_timeout_given(globals, v), out.negotiate_timeout);
  out.connect_timeout = pick(own.connect_timeout, all.connect_timeout, out.connect_timeout);
  out.check_interval =
      pick(globals.fork ? own.check_interval : Setting(), all.check_interval, out.check_interval);
  out.check_count = pick(own.check_count, all.check_count, out.check_count);
  out.failure_count = pick(own.failure_count, all.failure_count, out.failure_count);
  out.rise_count = pick(own.rise_count, all.rise_count, out.rise_count);
  out.quiescent = pick(own.quiescent, all.quiescent, false);
  out.clean_stop = pick(own.clean_stop, all.clean_stop, true);
  out.failed = pick(own.failed, all.failed, Failed::kQuiesce);
  out.minimum = own.minimum ? own.minimum : all.minimum;
  out.drift = pick(own.drift, all.drift, Drift::kKeep);
  out.tls_verify = own.tls_verify ? own.tls_verify : all.tls_verify;
  out.tls_ca_file = pick(own.tls_ca_file, all.tls_ca_file, std::string());
  out.fallback_command = pick(own.fallback_command, all.fallback_command, std::string());
  out.email_alert = pick(own.email_alert, all.email_alert, std::string());
  out.email_alert_freq = pick(own.email_alert_freq, all.email_alert_freq, out.email_alert_freq);
  out.email_alert_status = pick(own.email_alert_status, all.email_alert_status, Phases{15});
  out.smtp = pick(own.smtp, all.smtp, std::string());
  out.fallback = fallback_in_force(globals, v);
  return out;
}

std::string virtual_name(const VirtualService& v) {
  return v.is_mark() ? v.mark_text : v.server.name();
}

std::string virtual_id(const VirtualService& v) {
  const bool six = v.is_mark() && v.server.family == Family::kInet6;
  return fmt::format("{}{}:{}", name_of(v.protocol), six ? "6" : "", virtual_name(v));
}

std::string ipvsadm_flags(const VirtualService& v) {
  std::string out = fmt::format("{} {} ",
                                v.protocol == Protocol::kTcp   ? "-t"
                                : v.protocol == Protocol::kUdp ? "-u"
                                                               : "-f",
                                virtual_name(v));
  if (v.is_mark() && v.server.family == Family::kInet6) out += "-6 ";
  if (v.protocol == Protocol::kUdp && v.ops) out += "-o ";
  out += fmt::format("-s {} ", v.scheduler);
  if (v.persistent) {
    out += fmt::format("-p {} ", v.persistent->text);
    if (v.netmask) out += fmt::format("-M {} ", *v.netmask);
  }
  if (v.sched_flags) out += fmt::format("-b {} ", *v.sched_flags);
  return out;
}

std::string_view ipvsadm_flag(Forward forward) {
  switch (forward) {
    case Forward::kGate: return "-g";
    case Forward::kMasq: return "-m";
    case Forward::kIpip: return "-i";
  }
  return "-g";
}

const std::string& check_request(const VirtualService& v, const RealServer& r) {
  return r.request ? *r.request : v.request;
}

const std::string& check_receive(const VirtualService& v, const RealServer& r) {
  return r.receive ? *r.receive : v.receive;
}

std::string real_id(const VirtualService& v, const RealServer& r) {
  std::string check(name_of(v.check_type));
  if (v.check_type == CheckType::kNegotiate || v.check_type == CheckType::kCombined)
    check += fmt::format(":{}", name_of(v.service));
  if (v.check_type == CheckType::kExternal || v.check_type == CheckType::kExternalPerl)
    check += ":" + v.check_command;
  return fmt::format("{}:{}:{}:{}:{}:{}:{}:{}:{}", check, name_of(v.protocol), r.server.name(),
                     v.virtual_host.value_or(""), v.check_port ? v.check_port->text : "",
                     r.weight.text, name_of(r.forward), escaped(check_request(v, r)),
                     escaped(check_receive(v, r)));
}

std::string check_port_text(const VirtualService& v, const RealServer& r) {
  if (v.check_port) return v.check_port->text;
  if (r.server.port > 0) return r.server.port_text;
  const std::uint16_t port = port_of(v.service);
  return port > 0 ? std::to_string(port) : std::string();
}

std::uint16_t check_port(const VirtualService& v, const RealServer& r) {
  if (v.check_port) return static_cast<std::uint16_t>(v.check_port->value);
  return r.server.port > 0 ? r.server.port : port_of(v.service);
}

std::string check_url(const VirtualService& v, const RealServer& r) {
  const std::string_view scheme = v.service == Service::kHttpProxy ? "http" : name_of(v.service);
  const std::string path = without_slash(r.request ? *r.request : v.request);
  const bool absolute =
      r.request && r.request->find(fmt::format("{}://", scheme)) != std::string::npos;
  if (absolute || (!r.request && v.service == Service::kHttpProxy)) return path;
  return fmt::format("{}://{}:{}/{}", scheme, r.server.server(), check_port_text(v, r), path);
}

}  // namespace um::parsers
