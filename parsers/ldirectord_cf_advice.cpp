#include "parsers/ldirectord_cf_advice.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "parsers/ldirectord_cf_effective.hpp"

namespace um::parsers {
namespace {

class Adviser {
 public:
  explicit Adviser(const LdirectordConfig& config) : config_(config) {}

  void whole_file(const Source& source);
  void service(const VirtualService& v);
  std::vector<Diagnostic> take();

 private:
  void say(Severity severity, Span where, std::string message, std::string hint) {
    out_.push_back({severity, where, std::move(message), std::move(hint), ""});
  }
  void warn(Span where, std::string message, std::string hint) {
    say(Severity::kWarning, where, std::move(message), std::move(hint));
  }

  void balancing(const VirtualService& v);
  void check(const VirtualService& v);
  void real(const VirtualService& v, const RealServer& r);

  const LdirectordConfig& config_;
  std::vector<Diagnostic> out_;
};

void Adviser::whole_file(const Source& source) {
  const std::size_t crlf = source.text().find("\r\n");
  if (crlf != std::string_view::npos)
    warn({crlf, crlf + 1}, "the file has Windows line ends",
         "a carriage return becomes part of many values; save it with Unix line ends");
  const bool everywhere_said = config_.globals.settings.quiescent.has_value() ||
                               std::ranges::all_of(config_.virtuals, [](auto& v) {
                                 return v.settings.quiescent.has_value();
                               });
  if (!everywhere_said)
    say(Severity::kNote, {}, "quiescent is not given, so a failed real server is removed",
        "until 2009 the default was yes, since then it is no: say which you want");
}

void Adviser::service(const VirtualService& v) {
  balancing(v);
  check(v);
  for (const RealServer& r : v.reals) real(v, r);
}

void Adviser::balancing(const VirtualService& v) {
  const Effective e = effective(config_.globals, v);
  if (v.netmask && !v.persistent)
    warn(v.where, "netmask has no effect without persistent", "add persistent, or remove netmask");
  if (v.ops && v.protocol != Protocol::kUdp)
    warn(v.where, "ops has no effect", "one-packet scheduling is for protocol=udp");
  if (v.persistent && e.quiescent && e.failed == Failed::kQuiesce &&
      !config_.globals.expire_quiescent)
    warn(v.where, "persistent with quiescent=yes: clients stay with a failed real server",
         "write \"failed=remove\", or \"expire_quiescent=yes\" globally");
  if (v.reals.empty() && !e.fallback)
    warn(v.where, "virtual service without real servers and without a fallback", "add real=");
}

void Adviser::check(const VirtualService& v) {
  const bool negotiates =
      v.check_type == CheckType::kNegotiate || v.check_type == CheckType::kCombined;
  const bool sql =
      v.service == Service::kMysql || v.service == Service::kPgsql || v.service == Service::kOracle;
  const bool external =
      v.check_type == CheckType::kExternal || v.check_type == CheckType::kExternalPerl;
  if (negotiates && sql && v.login.empty())
    warn(
        v.where,
        fmt::format("a {} check needs a login: every real server will be down", name_of(v.service)),
        "add login=\"...\" and request=\"SELECT ...\"");
  if (negotiates && v.http_method == HttpMethod::kHead && !v.receive.empty())
    warn(v.where, "an answer to HEAD has no body that receive could match",
         "remove receive, or use httpmethod=GET");
  if (external && v.check_command == "/bin/true")
    warn(v.where, "an external check without checkcommand: every real server is up",
         "add checkcommand=\"...\"");
}

void Adviser::real(const VirtualService& v, const RealServer& r) {
  const bool rewrites = r.forward == Forward::kMasq;
  if (!rewrites && !v.is_mark() && r.server.port != 0 && r.server.port != v.server.port)
    warn(r.where,
         fmt::format("{} can not change the port: real server gets port {}, not {}",
                     name_of(r.forward), v.server.port, r.server.port),
         "use masq, or checkport if only the check goes elsewhere");
  if (r.weight.value == 0)
    warn(r.where, "weight 0: the real server gets no clients, and still keeps the fallback out",
         "give it a weight, or remove the line");
  const bool connects = v.check_type == CheckType::kConnect ||
                        v.check_type == CheckType::kCombined ||
                        (v.check_type == CheckType::kNegotiate && v.service != Service::kNone);
  if (connects && check_port(v, r) == 0)
    warn(r.where, "there is no port to check", "add checkport, or a port to the real server");
}

std::vector<Diagnostic> Adviser::take() {
  std::ranges::stable_sort(out_, {}, [](const Diagnostic& d) { return d.where.begin; });
  return std::move(out_);
}

}  // namespace

std::vector<Diagnostic> advise(const LdirectordConfig& config, const Source& source) {
  Adviser adviser(config);
  if (!config.virtuals.empty()) adviser.whole_file(source);
  for (const VirtualService& v : config.virtuals) adviser.service(v);
  return adviser.take();
}

std::vector<Diagnostic> legacy_warnings(const LdirectordConfig& config) {
  std::vector<Diagnostic> out;
  for (const LegacyDifference& d : config.legacy_differences)
    out.push_back({Severity::kWarning, d.where, d.text,
                   d.refused ? "an old ldirectord does not start with this file"
                             : "an old ldirectord starts with this file and does something else",
                   ""});
  return out;
}

}  // namespace um::parsers
