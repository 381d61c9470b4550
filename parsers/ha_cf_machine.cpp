// What ha.cf's text cannot answer: interfaces, devices, users, services, names (spec ha-cf 3.2
// to 3.8).
#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "parsers/ha_cf_reading.hpp"

namespace um::parsers {
namespace {

// Decision H14: our package has both paths.
constexpr std::array<std::string_view, 2> kOurPrograms{"/usr/lib/heartbeat",
                                                       "/usr/libexec/heartbeat"};

struct BuiltinRule {
  std::string_view client, user, group, text;
};
constexpr std::array kBuiltinRules{
    BuiltinRule{"ipfail", "hacluster", "", "ipfail uid=hacluster"},
    BuiltinRule{"ccm", "hacluster", "", "ccm uid=hacluster"},
    BuiltinRule{"ping", "", "haclient", "ping gid=haclient"},
    BuiltinRule{"lha-snmpagent", "root", "", "lha-snmpagent uid=root"},
    BuiltinRule{"anon", "root", "haclient", "anon uid=root gid=haclient"}};

class Asker {
 public:
  Asker(Reading& r, const Machine& machine, std::string_view own_node)
      : r_(r), machine_(machine), own_node_(own_node) {}

  std::vector<Diagnostic> run() {
    udp_port();
    for (; index_ < r_.config.media.size(); ++index_) {
      MediumLine& line = r_.config.media[index_];
      std::visit([&](auto& medium) { medium_of(line, medium); }, line.medium);
    }
    for (const BrokenLine& line : r_.broken_lines) broken(line);
    for (const OpenQuestion& question : r_.open_questions)
      if (question.medium < r_.config.media.size()) answer(question);
    for (std::size_t i = 0; i < r_.config.clients.size(); ++i)
      client_line(r_.config.clients[i], r_.program_words[i]);
    for (ApiAuth& rule : r_.config.apiauth) apiauth_line(rule);
    for (const StonithLine& line : r_.stonith_lines) stonith_line(line);
    paths();
    add_builtin_rules();
    return std::move(out_);
  }

 private:
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

  void udp_port() {
    if (const auto given = r_.given.find("udpport"); given != r_.given.end()) {
      const std::string service = machine_.udp_service_of_port(*r_.config.udpport);
      if (!service.empty() && service != "ha-cluster")
        warn(given->second.where,
             fmt::format("udp port {} belongs to the service {}", given->second.value, service),
             "take another port, or leave the line out: 694 is heartbeat's own",
             fmt::format("WARN: heartbeat: udp port {} reserved for service \"{}\".",
                         given->second.value, service));
    } else {
      r_.config.udpport = machine_.udp_port_of_service("ha-cluster");
    }
    const std::optional<std::uint16_t> service = machine_.udp_port_of_service("ha-cluster");
    if (!service) return;
    for (MediumLine& line : r_.config.media) {
      if (!line.default_port) continue;
      if (auto* bcast = std::get_if<Bcast>(&line.medium)) bcast->port = *service;
      if (auto* ucast = std::get_if<Ucast>(&line.medium)) ucast->port = *service;
      if (auto* ucast6 = std::get_if<Ucast6>(&line.medium)) ucast6->port = *service;
    }
  }

  // ---- media ------------------------------------------------------------------------------------

  void medium_of(const MediumLine& line, const Bcast& m) {
    const InterfaceState state = machine_.interface(m.interface);
    if (state.exists && state.has_ipv4) return;
    error(line.where,
          state.exists ? fmt::format("interface {} has no IPv4 address", m.interface)
                       : fmt::format("there is no interface {}", m.interface),
          "`ip address` lists the interfaces",
          fmt::format("ERROR: glib: Get broadcast for interface {0} failed: {1}\n"
                      "ERROR: glib: IP interface [{0}] does not exist\n"
                      "ERROR: Illegal bcast [UDP/IP broadcast] in config file [{0}]",
                      m.interface,
                      state.exists ? "Cannot assign requested address" : "No such device"));
  }

  void medium_of(const MediumLine& line, const Mcast& m) {
    const InterfaceState state = machine_.interface(m.interface);
    if (!state.exists)
      no_device(line.where, m.interface, "mcast");
    else if (!state.has_ipv4)  // H12
      warn(line.where, fmt::format("interface {} has no IPv4 address", m.interface),
           "heartbeat waits for one up to 120 s after the start");
  }

  void medium_of(const MediumLine& line, Ucast& m) {
    if (!machine_.interface(m.interface).exists)
      warn(line.where, fmt::format("there is no interface {}", m.interface),
           "heartbeat will not start without it");
    if (!m.address.empty()) return;
    const Resolved found = machine_.resolve(m.host, Family::kInet);
    if (!found.addresses.empty()) {
      m.address = found.addresses.front();
      return;
    }
    error(r_.host_words[index_].front(), fmt::format("cannot resolve {}: {}", m.host, found.error),
          "write the peer's address: heartbeat should not need a name server",
          fmt::format("ERROR: glib: ucast: cannot resolve hostname\n"
                      "ERROR: glib: ucast: interface [{}] does not exist",
                      m.interface));
  }

  void medium_of(const MediumLine& line, const Ucast6& m) {
    if (!machine_.interface(m.interface).exists) no_device(line.where, m.interface, "ucast6");
  }
  void medium_of(const MediumLine& line, const Mcast6& m) {
    if (!machine_.interface(m.interface).exists) no_device(line.where, m.interface, "mcast6");
  }

  void no_device(Span where, const std::string& interface, std::string_view kind) {
    std::string legacy = fmt::format(
        "ERROR: glib: {} device [{}] is invalid or not set up properly", kind, interface);
    if (kind == "mcast")
      legacy.insert(0, fmt::format("ERROR: glib: Unable to retrieve local interface address for "
                                   "interface [{}] using ioctl(SIOCGIFADDR): No such device\n",
                                   interface));
    error(where, fmt::format("there is no interface {}", interface),
          "`ip address` lists the interfaces", std::move(legacy));
  }

  /// The old program stopped at the missing interface: its line for the rest is not said then.
  void broken(const BrokenLine& line) {
    if (machine_.interface(line.interface).exists) return;
    r_.diagnostics[line.diagnostic].legacy.clear();
    no_device(line.where, line.interface, line.kind);
  }

  void medium_of(const MediumLine& line, const Serial& m) {
    const FileKind kind = machine_.file_state(m.device).kind;
    if (kind == FileKind::kCharDevice) return;
    const std::string what = kind == FileKind::kNone
                                 ? fmt::format("Nonexistent serial port [{}]", m.device)
                                 : fmt::format("Serial port [{}] not a char device", m.device);
    error(line.where,
          kind == FileKind::kNone ? fmt::format("there is no device {}", m.device)
                                  : fmt::format("{} is not a serial device", m.device),
          "expected a device such as /dev/ttyS0",
          fmt::format("ERROR: glib: {} in config file\n"
                      "ERROR: Illegal serial [serial ring] in config file [{}]",
                      what, m.device));
  }

  void medium_of(const MediumLine& line, Ping& m) {
    if (!m.address.empty()) return;
    const Resolved found = machine_.resolve(m.host, Family::kInet);
    if (!found.addresses.empty()) {
      m.address = found.addresses.front();
      return;
    }
    error(line.where, fmt::format("cannot resolve {}: {}", m.host, found.error),
          "write its address: a ping node must answer when the name server does not",
          fmt::format("ERROR: glib: unknown host: {0}: {1}\n"
                      "ERROR: Illegal ping [ping membership] in config file [{0}]",
                      m.host, found.error));
  }

  void medium_of(const MediumLine& line, Ping6& m) {
    if (!m.address.empty()) return;
    const Resolved found = machine_.resolve(m.host, Family::kInet6);
    if (!found.addresses.empty()) {
      m.address = found.addresses.front();
      return;
    }
    error(line.where, fmt::format("{} has no IPv6 address", m.host), "write an IPv6 address",
          fmt::format("ERROR: Illegal ping6 [ping6 membership] in config file [{}]", m.host));
  }

  void medium_of(const MediumLine&, PingGroup& m) {
    for (std::size_t i = 0; i < m.hosts.size(); ++i) {
      const std::string& host = m.hosts[i];
      const Resolved found = machine_.resolve(host, Family::kInet);
      if (!found.addresses.empty())
        m.addresses.push_back(found.addresses.front());
      else  // H15
        warn(r_.host_words[index_][i], fmt::format("cannot resolve {}: {}", host, found.error),
             "the others of the group count until it can be resolved",
             fmt::format("ERROR: glib: unknown host: {}: {}", host, found.error));
    }
  }

  void answer(const OpenQuestion& question) {
    Medium& medium = r_.config.media[question.medium].medium;
    if (auto* mcast6 = std::get_if<Mcast6>(&medium)) service_port(question, *mcast6);
    if (auto* ucast6 = std::get_if<Ucast6>(&medium)) scope(question, *ucast6);
  }

  void service_port(const OpenQuestion& question, Mcast6& m) {
    if (const auto port = machine_.udp_port_of_service(question.text)) {
      m.port = *port;
      return;
    }
    error(question.where, fmt::format("there is no UDP service {}", question.text),
          "expected a port, 1 to 65535",
          fmt::format("ERROR: glib: getaddrinfo([{0}]:{1}): Servname not supported for "
                      "ai_socktype\n"
                      "WARN: glib: Error creating mcast6_private({2}, {0}, {1}, {3})",
                      m.group, question.text, m.interface, question.hops_and_loop));
  }

  void scope(const OpenQuestion& question, const Ucast6& m) {
    const InterfaceState own = machine_.interface(m.interface);
    const InterfaceState named = machine_.interface(question.text);
    if (own.index == named.index) return;
    error(question.where,
          fmt::format("{}%{} is not reached through {}", m.address, question.text, m.interface),
          fmt::format("write {}%{}, or leave %{} out", m.address, m.interface, question.text),
          fmt::format("ERROR: glib: ucast6: index {} does not match scope id {} for device {}\n"
                      "WARN: glib: Error creating ucast6_private({}, {}%{})",
                      own.index, named.index, m.interface, m.interface, m.address, question.text));
  }

  // ---- clients ----------------------------------------------------------------------------------

  void client_line(ClientLine& client, Span program_word) {
    const std::optional<User> user = machine_.user(client.user);
    if (!user) {
      error(client.where, fmt::format("there is no user {}", client.user),
            "expected a login name, such as hacluster or root",
            fmt::format("ERROR: Invalid uid [{}] specified for client child", client.user));
      return;
    }
    client.uid = user->uid;
    client.gid = user->gid;
    const FileState program = machine_.file_state(client.program);
    if (program.executable || (program.kind == FileKind::kNone && find_ours(client, program_word)))
      return;
    error(program_word,
          program.kind == FileKind::kNone ? fmt::format("there is no {}", client.program)
                                          : fmt::format("{} is not executable", client.program),
          "expected the full path of a program",
          fmt::format("ERROR: Client child command [{}] is not executable", client.program));
  }

  /// H14: a path of another era, `/usr/lib64/heartbeat/ipfail`.
  bool find_ours(ClientLine& client, Span program_word) {
    const std::filesystem::path path = client.program;
    if (path.parent_path().filename() != "heartbeat") return false;
    for (std::string_view directory : kOurPrograms) {
      const std::filesystem::path ours = std::filesystem::path(directory) / path.filename();
      if (!machine_.file_state(ours).executable) continue;
      warn(program_word, fmt::format("{} does not exist here", client.program),
           fmt::format("{} is run instead", ours.string()));
      r_.config.beyond_legacy.push_back(
          {Severity::kWarning,
           client.where,
           fmt::format("heartbeat 3.0.6 refuses the line when {} does not exist", client.program),
           "only when no old node is left in the cluster",
           {}});
      client.command.replace(0, client.program.size(), ours.string());
      client.program = ours.string();
      return true;
    }
    return false;
  }

  static std::optional<unsigned> number(const std::string& text) {
    unsigned value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
  }

  struct BadName {
    std::string what;    // "user hacluster"
    std::string legacy;  // what the old program says about it
  };

  /// Fills the rule's numbers; the first name that this machine does not know.
  std::optional<BadName> bad_name(ApiAuth& rule) {
    for (const std::string& name : rule.users) {
      std::optional<unsigned> uid = number(name);
      if (const auto user = uid ? std::nullopt : machine_.user(name)) uid = user->uid;
      if (!uid)
        return BadName{fmt::format("user {}", name),
                       fmt::format("ERROR: Invalid user id name [{}]\nERROR: Bad uid list [{}]\n",
                                   name, fmt::join(rule.users, ","))};
      rule.uids.push_back(*uid);
    }
    for (const std::string& name : rule.groups) {
      std::optional<unsigned> gid = number(name);
      if (const auto group = gid ? std::nullopt : machine_.group(name)) gid = *group;
      if (!gid)
        return BadName{fmt::format("group {}", name),
                       fmt::format("ERROR: Invalid group name [{}]\nERROR: Bad gid list [{}]\n",
                                   name, fmt::join(rule.groups, ","))};
      rule.gids.push_back(*gid);
    }
    return std::nullopt;
  }

  void apiauth_line(ApiAuth& rule) {
    const std::optional<BadName> bad = bad_name(rule);
    if (!bad) return;
    const Position at = r_.source->position(rule.where.begin);
    const Word line{r_.source->line(at.line), {}};
    error(rule.where, fmt::format("apiauth rule for {}: there is no {}", rule.client, bad->what),
          "expected names of this machine, or numbers",
          bad->legacy + apiauth_syntax(cut_at(split_head(line).rest, "#").text));
  }

  /// One warning for all rules that this machine cannot have; the old log had lines for each.
  void add_builtin_rules() {
    std::vector<std::string> clients, missing, legacy;
    for (const BuiltinRule& builtin : kBuiltinRules) {
      if (r_.apiauth_clients.contains(builtin.client)) continue;
      ApiAuth rule;
      rule.client = builtin.client;
      if (!builtin.user.empty()) rule.users.emplace_back(builtin.user);
      if (!builtin.group.empty()) rule.groups.emplace_back(builtin.group);
      const std::optional<BadName> bad = bad_name(rule);
      if (!bad) {
        r_.config.apiauth.push_back(std::move(rule));
        continue;
      }
      clients.push_back(rule.client);
      if (std::ranges::find(missing, bad->what) == missing.end()) missing.push_back(bad->what);
      legacy.push_back(bad->legacy + apiauth_syntax(builtin.text));
    }
    const std::size_t end = r_.source->text().size();
    for (std::size_t i = 0; i < legacy.size(); ++i)
      warn({end, end},
           i > 0 ? std::string()
                 : fmt::format("there is no {}, so these API clients cannot sign on: {}",
                               fmt::join(missing, " and no "), fmt::join(clients, ", ")),
           "create it: the package's installation does", legacy[i]);
  }

  // ---- stonith ----------------------------------------------------------------------------------

  void stonith_line(const StonithLine& line) {
    if (!line.host.empty() && line.host != "*" && line.host != own_node_) return;
    if (line.type.empty()) {
      error(line.where, "stonith_host line without type",
            "expected `stonith_host HOST TYPE PARAMETERS`", "ERROR: No Stonith type given");
      return;
    }
    if (!machine_.has_stonith_type(line.type)) {
      error(line.where, fmt::format("there is no stonith type {}", line.type),
            "`stonith -L` lists the plug-ins; fence/AGENT names a fence agent",
            fmt::format("ERROR: Invalid Stonith type [{}]", line.type));
      return;
    }
    if (line.host.empty() ? !config_file_readable(line) : !parameters_usable(line)) return;
    if (r_.config.stonith)  // A11
      warn(line.where, "a stonith line stands above", "only this one, the last, counts");
    r_.config.stonith = Stonith{line.type, line.host.empty() ? line.rest : std::string{},
                                line.host.empty() ? std::string{} : line.rest, line.where};
  }

  bool config_file_readable(const StonithLine& line) {
    const FileContent file = machine_.read_file(line.rest);
    if (!line.rest.empty() && file.error == 0) return true;
    error(line.where,
          line.rest.empty() ? std::string("stonith line without configuration file")
                            : fmt::format("cannot read {}", line.rest),
          "expected `stonith TYPE CONFIGFILE`",
          fmt::format("ERROR: glib: Cannot open {0}\n"
                      "ERROR: Invalid Stonith config file [{0}]",
                      line.rest));
    return false;
  }

  bool parameters_usable(const StonithLine& line) {
    const bool fence_agent = line.type.starts_with("fence/");
    for (const Word& word : split_words({line.rest, {}}, Commas::kOrdinary)) {
      if (!fence_agent || word.text.find('=') != std::string_view::npos) continue;
      error(line.where, fmt::format("\"{}\" is no parameter of a fence agent", word.text),
            "expected NAME=VALUE words", {});
      return false;
    }
    // The plug-ins that need nothing are those that reset their own machine.
    if (!line.rest.empty() || fence_agent || line.type == "suicide") return true;
    error(line.where, fmt::format("stonith type {} without parameters", line.type),
          fmt::format("`stonith -t {} -n` names them", line.type),
          "ERROR: Invalid Stonith configuration parameter []");
    return false;
  }

  // ---- files that are opened later
  // ----------------------------------------------------------------

  void paths() {
    for (std::string_view name : {"logfile", "debugfile"}) {
      const auto given = r_.given.find(name);
      if (given == r_.given.end()) continue;
      const std::filesystem::path path = given->second.value;
      if (path.is_relative())
        warn(given->second.where, fmt::format("{} is not a full path", path.string()),
             "it is looked for in the daemon's own directory");
      else if (machine_.file_state(path.parent_path()).kind != FileKind::kDirectory)
        warn(given->second.where,
             fmt::format("there is no directory {}", path.parent_path().string()),
             "nothing will be written until it exists");
    }
    if (const auto given = r_.given.find("watchdog");
        given != r_.given.end() && machine_.file_state(given->second.value).kind == FileKind::kNone)
      warn(given->second.where, fmt::format("there is no device {}", given->second.value),
           "load the watchdog's module, softdog if there is no other");
  }

  Reading& r_;
  const Machine& machine_;
  std::string_view own_node_;
  std::size_t index_ = 0;  // of the medium being asked about
  std::vector<Diagnostic> out_;
};

}  // namespace

std::vector<Diagnostic> ask_machine(Reading& reading, const Machine& machine,
                                    std::string_view own_node) {
  return Asker(reading, machine, own_node).run();
}

}  // namespace um::parsers
