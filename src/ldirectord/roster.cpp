#include "ldirectord/roster.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace um::ldirectord {
namespace {

using parsers::CheckType;
using parsers::LdirectordConfig;
using parsers::RealServer;
using parsers::Service;
using parsers::VirtualService;

ipvs::Address address_of(const parsers::Endpoint& endpoint) {
  ipvs::Address none;
  none.family = endpoint.family == Family::kInet6 ? ipvs::Family::kIpv6 : ipvs::Family::kIpv4;
  return ipvs::Address::parse(endpoint.address).value_or(none);
}

ipvs::Forward forward_of(parsers::Forward forward) {
  switch (forward) {
    case parsers::Forward::kMasq: return ipvs::Forward::kMasq;
    case parsers::Forward::kIpip: return ipvs::Forward::kIpip;
    case parsers::Forward::kGate: break;
  }
  return ipvs::Forward::kGate;
}

ipvs::ServiceKey key_of(const VirtualService& v) {
  const ipvs::Address address = address_of(v.server);
  if (v.is_mark()) return ipvs::ServiceKey::of_mark(v.mark, address.family);
  ipvs::ServiceKey key;
  key.protocol =
      v.protocol == parsers::Protocol::kUdp ? ipvs::Protocol::kUdp : ipvs::Protocol::kTcp;
  key.address = address;
  key.port = v.server.port;
  return key;
}

std::uint32_t netmask_of(const std::string& text, ipvs::Family family) {
  if (family == ipvs::Family::kIpv6) {
    const unsigned long length = std::strtoul(text.c_str(), nullptr, 10);
    return length >= 128 ? 0 : static_cast<std::uint32_t>(length);
  }
  const auto mask = ipvs::Address::parse(text);
  if (!mask) return 0;
  const std::uint32_t bits = static_cast<std::uint32_t>(mask->bytes[0]) << 24 |
                             static_cast<std::uint32_t>(mask->bytes[1]) << 16 |
                             static_cast<std::uint32_t>(mask->bytes[2]) << 8 | mask->bytes[3];
  return bits == 0xffffffff ? 0 : bits;  // all ones is the kernel's default and not listed
}

ipvs::Settings settings_of(const VirtualService& v) {
  ipvs::Settings settings;
  settings.scheduler = v.scheduler;
  if (v.persistent) settings.persistence = v.persistent->value;
  if (settings.persistence != 0 && v.netmask)
    settings.netmask = netmask_of(
        *v.netmask, v.server.family == Family::kInet6 ? ipvs::Family::kIpv6 : ipvs::Family::kIpv4);
  settings.one_packet = v.ops && v.protocol == parsers::Protocol::kUdp;
  if (v.sched_flags)
    ipvs::parse_scheduler_flags(v.scheduler, *v.sched_flags, settings.scheduler_flags);
  return settings;
}

checks::TlsVerify tls_of(const VirtualService& v, const parsers::Effective& rules) {
  if (rules.tls_verify) return static_cast<checks::TlsVerify>(*rules.tls_verify);
  // A password follows the handshake, so pops and imaps with a login keep the old program's
  // verification (decision L12).
  const bool mail = v.service == Service::kPops || v.service == Service::kImaps;
  return mail && !v.login.empty() && !v.passwd.empty() ? checks::TlsVerify::kChain
                                                       : checks::TlsVerify::kWarn;
}

bool is_http(Service service) {
  return service == Service::kHttp || service == Service::kHttps || service == Service::kHttpProxy;
}

bool is_sql(Service service) {
  return service == Service::kMysql || service == Service::kPgsql || service == Service::kOracle;
}

// The part of the check's URL behind the server, or the whole URL when it leads elsewhere.
std::string http_request(const VirtualService& v, const RealServer& r) {
  const std::string url = parsers::check_url(v, r);
  const std::string own = fmt::format("{}://{}:{}", v.service == Service::kHttps ? "https" : "http",
                                      r.server.server(), parsers::check_port_text(v, r));
  return url.starts_with(own + "/") ? url.substr(own.size()) : url;
}

checks::Probe probe_of(const VirtualService& v, const RealServer& r,
                       const parsers::Effective& rules) {
  checks::Probe probe;
  boost::system::error_code ignored;
  probe.target.address = boost::asio::ip::make_address(r.server.address, ignored);
  probe.target.port = parsers::check_port(v, r);
  probe.check_type =
      v.check_type == CheckType::kCombined ? "negotiate" : std::string(name_of(v.check_type));
  probe.service = name_of(v.service);
  probe.udp = v.protocol == parsers::Protocol::kUdp;
  probe.request = is_http(v.service) ? http_request(v, r) : parsers::check_request(v, r);
  probe.receive = parsers::check_receive(v, r);
  probe.http_method = name_of(v.http_method);
  probe.virtual_host = v.virtual_host.value_or("");
  probe.login = v.login;
  probe.password = v.passwd;
  probe.database = v.database;
  probe.secret = v.secret;
  if (v.check_type == CheckType::kExternal || v.check_type == CheckType::kExternalPerl) {
    probe.command = v.check_command;
    probe.command_arguments = {v.is_mark() ? v.mark_text : v.server.server(),
                               v.is_mark() ? "0" : v.server.port_text, r.server.server(),
                               r.server.port_text};
  }
  probe.connect_timeout = rules.connect_timeout;
  probe.tls_verify = tls_of(v, rules);
  probe.tls_ca_file = rules.tls_ca_file;
  return probe;
}

// Which of the two time-outs bounds a negotiate check (spec ldirectord-runtime 3).
std::chrono::milliseconds negotiate_limit(const VirtualService& v,
                                          const parsers::Effective& rules) {
  const bool short_one =
      v.service == Service::kLdap || v.service == Service::kLdaps || v.service == Service::kRadius;
  return short_one ? rules.check_timeout : rules.negotiate_timeout;
}

// The quick question of `checktype = N` between two negotiates.
std::shared_ptr<const checks::Probe> connect_probe(checks::Probe probe) {
  probe.check_type = "connect";
  return std::make_shared<const checks::Probe>(std::move(probe));
}

Job job_of(const VirtualService& v, const RealServer& r, const parsers::Effective& rules) {
  Job job;
  job.interval = rules.check_interval;
  checks::Probe probe = probe_of(v, r, rules);
  job.limit = rules.check_timeout;
  const bool negotiates =
      v.check_type == CheckType::kNegotiate || v.check_type == CheckType::kCombined;
  if (negotiates) job.limit = negotiate_limit(v, rules);
  if (v.check_type == CheckType::kCombined) {
    job.kind = Job::Kind::kCombined;
    job.connects = v.combined_connects.value;
    job.connect = connect_probe(probe);
    job.connect_limit = rules.check_timeout;
  }
  // Nobody answers the connection of a datagram socket (spec ldirectord-runtime 11.1).
  if (v.check_type == CheckType::kConnect && probe.udp) probe.check_type = "ping";
  if (probe.check_type == "ping") job.attempts = std::max(1U, rules.check_count);
  if (v.check_type == CheckType::kOn) {
    job.kind = Job::Kind::kAlwaysUp;
    job.monitored = false;
  } else if (negotiates && v.service == Service::kNone) {
    job.kind = Job::Kind::kAlwaysUp;
  } else if (negotiates && is_sql(v.service) &&
             (v.login.empty() || parsers::check_request(v, r) == "/")) {
    job.kind = Job::Kind::kNever;
    job.reason = "login and request are needed for a check by SQL";
  }
  if (v.check_type == CheckType::kExternalPerl) job.monitored = false;
  job.probe = std::make_shared<const checks::Probe>(std::move(probe));
  return job;
}

// Hands out jobs, one per distinct question.
class Jobs {
 public:
  explicit Jobs(std::vector<Job>& jobs) : jobs_(jobs) {}

  std::size_t find_or_add(Job job, Job::Use use) {
    const std::size_t hash = question_hash(job);
    auto [begin, end] = by_hash_.equal_range(hash);
    for (auto at = begin; at != end; ++at) {
      if (!jobs_[at->second].same_question(job)) continue;
      jobs_[at->second].uses.push_back(use);
      return at->second;
    }
    job.uses = {use};
    jobs_.push_back(std::move(job));
    by_hash_.emplace(hash, jobs_.size() - 1);
    return jobs_.size() - 1;
  }

 private:
  std::vector<Job>& jobs_;
  std::unordered_multimap<std::size_t, std::size_t> by_hash_;
};

RosterReal real_of(const VirtualService& v, const RealServer& r, const ipvs::ServiceKey& key) {
  RosterReal real;
  real.name = r.server.name();
  real.identity = parsers::real_id(v, r);
  real.entry = {forward_of(r.forward), r.weight.value,
                r.upper_threshold ? r.upper_threshold->value : 0,
                r.lower_threshold ? r.lower_threshold->value : 0};
  real.at = {address_of(r.server), ipvs::port_in_table(key, real.entry.forward, r.server.port)};
  return real;
}

RosterFallback fallback_of(const parsers::Fallback& fallback, const ipvs::ServiceKey& key) {
  const ipvs::Forward forward = forward_of(fallback.forward);
  return {fallback.server.name(),
          {address_of(fallback.server), ipvs::port_in_table(key, forward, fallback.server.port)},
          {forward, 1, 0, 0}};
}

// The lines of a virtual service that count: of two for the same table entry the last (L27).
std::vector<const RealServer*> distinct_reals(const VirtualService& v,
                                              const ipvs::ServiceKey& key) {
  std::map<ipvs::RealKey, std::size_t> place;
  std::vector<const RealServer*> reals;
  for (const RealServer& r : v.reals) {
    const ipvs::RealKey at = real_of(v, r, key).at;
    auto [found, fresh] = place.emplace(at, reals.size());
    if (fresh)
      reals.push_back(&r);
    else
      reals[found->second] = &r;
  }
  return reals;
}

}  // namespace

std::size_t question_hash(const Job& job) {
  std::size_t seed = std::hash<std::string>()(job.probe->target.address.to_string());
  auto mix = [&seed](std::size_t value) { seed ^= value + 0x9e3779b9 + (seed << 6) + (seed >> 2); };
  mix(job.probe->target.port);
  mix(std::hash<std::string>()(job.probe->request));
  mix(std::hash<std::string>()(job.probe->service));
  return seed;
}

bool Job::same_question(const Job& other) const {
  return kind == other.kind && limit == other.limit && connect_limit == other.connect_limit &&
         interval == other.interval && connects == other.connects && attempts == other.attempts &&
         monitored == other.monitored && *probe == *other.probe;
}

ipvs::Scope Roster::scope() const {
  ipvs::Scope scope;
  for (const RosterVirtual& v : virtuals) scope.insert(v.key);
  return scope;
}

Roster make_roster(const LdirectordConfig& config) {
  Roster roster;
  roster.globals = config.globals;
  Jobs jobs(roster.jobs);
  for (const VirtualService& v : config.virtuals) {
    RosterVirtual virt;
    virt.name = parsers::virtual_name(v);
    virt.id = parsers::virtual_id(v);
    virt.protocol = name_of(v.protocol);
    virt.key = key_of(v);
    virt.settings = settings_of(v);
    virt.rules = parsers::effective(config.globals, v);
    virt.monitor_file = v.monitor_file.value_or("");
    virt.service_name = v.service_name.value_or("");
    virt.comment = v.comment.value_or("");
    if (virt.rules.fallback) virt.fallback = fallback_of(*virt.rules.fallback, virt.key);
    for (const RealServer* r : distinct_reals(v, virt.key)) {
      RosterReal real = real_of(v, *r, virt.key);
      if (v.check_type != CheckType::kOff) {
        Job job = job_of(v, *r, virt.rules);
        if (job.kind == Job::Kind::kNever)
          roster.complaints.push_back(
              fmt::format("Error: Must specify a login and request string for MySQL, Oracle and "
                          "PostgreSQL checks. Not adding {}.",
                          r->server.server()));
        real.job = jobs.find_or_add(std::move(job), {roster.virtuals.size(), virt.reals.size()});
      }
      virt.reals.push_back(std::move(real));
    }
    roster.virtuals.push_back(std::move(virt));
  }
  return roster;
}

}  // namespace um::ldirectord
