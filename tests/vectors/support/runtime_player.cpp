#include "tests/vectors/support/runtime_player.hpp"

#include <algorithm>
#include <regex>
#include <sstream>

#include <fmt/format.h>

#include "ldirectord/maintenance.hpp"
#include "ldirectord/words.hpp"
#include "parsers/ldirectord_cf.hpp"
#include "tests/unit/ipvs/tables.hpp"
#include "tests/vectors/support/ldirectord_bed.hpp"

namespace um::ldirectord {
namespace {

using nlohmann::json;

const std::string kMainConfig = "/etc/ha.d/ldirectord.cf";
constexpr int kPassesPerStep = 5;  // "until no change for about two check intervals"

std::string config_path(const std::string& name) {
  return name.empty() ? kMainConfig : "/etc/ha.d/conf/" + name;
}

std::string server_name(const checks::Probe& probe) {
  const auto& address = probe.target.address;
  return address.is_v6() ? fmt::format("[{}]:{}", address.to_string(), probe.target.port)
                         : fmt::format("{}:{}", address.to_string(), probe.target.port);
}

checks::Outcome down() {
  return {false, "scripted", {}};
}
checks::Outcome up() {
  return {true, {}, {}};
}

}  // namespace

std::string canonical(const std::string& command) {
  return ipvs::command_text(ipvs::op_from(command));
}

// Keeps every attempted command, also those it refuses.
class RuntimePlayer::Kernel final : public ipvs::Kernel {
 public:
  ipvs::Result<ipvs::Table> read(const ipvs::Scope& scope) override { return memory.read(scope); }
  std::vector<ipvs::Error> apply(std::span<const ipvs::Op> ops) override {
    for (const ipvs::Op& op : ops) attempted.push_back(ipvs::command_text(op));
    return memory.apply(ops);
  }
  ipvs::Result<ipvs::ConnectionTable> connections(const ipvs::Scope& scope) override {
    return memory.connections(scope);
  }
  void by_hand(const std::string& line) {
    const std::vector<ipvs::Op> ops{ipvs::op_from(line)};
    memory.apply(ops);
  }
  ipvs::MemoryKernel memory;
  std::vector<std::string> attempted;
};

// One running director and its surroundings.
class RuntimePlayer::Instance final : public Outside {
 public:
  Instance(RuntimePlayer& player, std::string name)
      : player_(player), name_(std::move(name)), book_("lb1"), director(*player.kernel_, *this) {}

  void log(std::string_view line) override {
    player_.log_.push_back((name_.empty() ? "" : "{" + name_ + "} ") + std::string(line));
  }
  void notify(const RosterVirtual& v, const Notice& notice) override {
    book_.add(v, notice, player_.now_);
    send_mail();
  }
  void remind() {
    book_.remind(director.phase(), player_.now_);
    send_mail();
  }
  void fallback_command(const RosterVirtual& v, std::string_view verb) override {
    std::istringstream words(
        fmt::format("{} {} {} {}", v.rules.fallback_command, verb, v.name, v.protocol));
    std::string word, arguments;
    int count = -1;
    while (words >> word) {
      if (++count > 0) arguments += " " + word;
    }
    player_.output_.push_back(fmt::format("fallbackcommand {} args:{}", count, arguments));
  }
  void monitor(const RosterVirtual&, const RosterReal&, bool, std::string_view) override {}
  bool in_maintenance(const RosterReal& real) override {
    if (!director_roster_has_maintenance) return false;
    // Reverse names of the recording: 192.168.6.N is realserverN.example.com.
    const std::string address = real.at.address.text();
    const std::string reverse = address.starts_with("192.168.6.")
                                    ? "realserver" + address.substr(10) + ".example.com"
                                    : std::string();
    for (const std::string& name : maintenance_names(real.at.address, real.name, reverse))
      if (player_.files_.contains("/t/maint/" + name)) return true;
    return false;
  }
  Admin admin_of(const RosterVirtual&, const RosterReal&) override { return Admin::kEnabled; }

  /// False and the old program's lines in the log when the text is refused.
  bool read(Roster& roster) {
    parsers::Files files;
    test::TableResolver resolver(std::string(test::kLdirectordVectors) + "hosts",
                                 std::string(test::kLdirectordVectors) + "services");
    const std::string path = config_path(name_);
    const std::string& content = player_.files_[path];
    const parsers::Source source(path, content);
    auto parsed = parsers::parse_ldirectord_cf(source, {resolver, files, "lb1.example.com", false});
    watch.parsed({true, player_.modified_}, content);
    if (!parsed.ok()) {
      std::string lines = parsers::legacy_lines(parsed.diagnostics, "PID");
      lines.pop_back();
      log(lines);
      return false;
    }
    roster = make_roster(parsed.value);
    director_roster_has_maintenance = roster.globals.maintenance_dir.has_value();
    book_.follow(roster);
    return true;
  }

  ConfigWatch watch;
  bool director_roster_has_maintenance = false;

 private:
  void send_mail() {
    for (const Mail& mail : book_.take(player_.now_)) log("emailalert: " + mail.logged);
  }

  RuntimePlayer& player_;
  std::string name_;
  AlertBook book_;

 public:
  Director director;
};

RuntimePlayer::RuntimePlayer(const json& scenario) : kernel_(std::make_unique<Kernel>()) {
  for (const std::string line : scenario["preset"]) kernel_->by_hand(line);
  for (const auto& [name, mode] : scenario["initial_servers"].items()) servers_[name] = mode;
  for (const auto& [path, text] : scenario["files"].items()) files_[path] = text;
  files_[kMainConfig] = scenario["config"];
}

RuntimePlayer::~RuntimePlayer() = default;

PlayedStep RuntimePlayer::play(const json& actions) {
  kernel_->attempted.clear();
  log_.clear();
  output_.clear();
  for (const json& action : actions) act(action);
  for (int i = 0; i < kPassesPerStep; ++i) pass();
  PlayedStep step;
  for (const std::string& line : kernel_->attempted) step.ops.push_back(canonical(line));
  std::istringstream lines(ipvs::dump(kernel_->memory.table));
  for (std::string line; std::getline(lines, line);) step.table.push_back(canonical(line));
  step.log = log_;
  step.output = output_;
  return step;
}

void RuntimePlayer::act(const json& action) {
  const std::string verb = action[0];
  if (verb == "start") {
    start("");
  } else if (verb == "fg") {
    foreground_ = true;
    start("");
  } else if (verb == "cmd") {
    command(action[1]);
  } else if (verb == "kill") {
    const std::string signal = action[1].get<std::string>().substr(3);
    if (signal == "HUP") {
      instances_.at("")->log("Reloading Linux Director Daemon config on signal");
      reload("");
    } else if (signal == "KILL") {
      instances_.clear();
    } else if (instances_.contains("")) {
      stop("", signal);
    }
  } else if (verb == "server") {
    servers_[action[1]] = action[2];
  } else if (verb == "config") {
    files_[kMainConfig] = action[1];
    ++modified_;
  } else if (verb == "file") {
    files_[action[1]] = action.size() > 2 ? action[2].get<std::string>() : "";
  } else if (verb == "rm") {
    files_.erase(action[1].get<std::string>());
  } else if (verb == "addr") {
    if (action[1] == "del")
      missing_addresses_.insert(action[2].get<std::string>());
    else
      missing_addresses_.erase(action[2].get<std::string>());
  } else if (verb == "ipvsadm") {
    kernel_->by_hand(action[1]);
  } else if (verb == "sleep") {
    for (int second = static_cast<int>(action[1].get<double>()); second > 0; --second) pass();
  } else if (verb == "fail") {
    const std::string rule = action[1];
    const std::string pattern = rule.substr(0, rule.find('\t'));
    kernel_->memory.unreadable = pattern == "^-L" ? ENOPROTOOPT : 0;
    kernel_->memory.fail = [pattern](const ipvs::Op& op) {
      return !pattern.empty() && std::regex_search(ipvs::command_text(op), std::regex(pattern))
                 ? ENOMEM
                 : 0;
    };
  }
}

void RuntimePlayer::command(const std::string& verb) {
  if (verb == "start") start("");
  if (verb == "stop" && instances_.contains("")) stop("", "TERM");
  if (verb == "reload" && instances_.contains("")) {
    instances_.at("")->log("Reloading Linux Director Daemon config on signal");
    reload("");
  }
  if (verb == "restart" || (verb == "try-restart" && instances_.contains(""))) {
    stop("", "TERM");
    start("");
  }
}

void RuntimePlayer::start(const std::string& name) {
  if (instances_.contains(name)) return;
  auto instance = std::make_unique<Instance>(*this, name);
  Roster roster;
  if (!instance->read(roster)) return;
  const std::set<std::string> execute = roster.globals.execute;
  Instance& running = *(instances_[name] = std::move(instance));
  (void)running.director.start(std::move(roster), now_);
  for (const std::string& sub : execute) start(sub);
}

void RuntimePlayer::reload(const std::string& name) {
  Instance& instance = *instances_.at(name);
  const std::set<std::string> before = instance.director.roster().globals.execute;
  Roster roster;
  if (!instance.read(roster)) return;
  const std::set<std::string> after = roster.globals.execute;
  for (const std::string& sub : before)
    if (!after.contains(sub)) stop(sub, "TERM");
  for (const std::string& sub : after) {
    if (!before.contains(sub)) {
      start(sub);
    } else {
      instances_.at(sub)->log("Reloading Linux Director Daemon config on signal");
      reload(sub);
    }
  }
  (void)instance.director.reload(std::move(roster), now_);
}

void RuntimePlayer::stop(const std::string& name, const std::string& signal) {
  auto found = instances_.find(name);
  if (found == instances_.end()) return;
  for (const std::string& sub : found->second->director.roster().globals.execute) stop(sub, "TERM");
  found->second->director.stop();
  found->second->log("Linux Director Daemon terminated on signal: " + signal);
  instances_.erase(name);
}

void RuntimePlayer::pass() {
  for (auto& [name, instance] : instances_) {
    Director& director = instance->director;
    for (std::size_t i = 0; i < director.jobs().size(); ++i) {
      const JobId id = director.jobs()[i].id;
      if (auto errand = director.begin(id, now_))
        director.finish(id, answer(*errand->probe), Duration{0}, now_);
      director.settle(now_);
    }
    director.settle(now_);
    director.inspect(now_);
    instance->remind();
  }
  now_ += std::chrono::seconds(1);
  if (!instances_.contains("")) return;
  Instance& main = *instances_.at("");
  const auto config = files_.find(kMainConfig);
  switch (main.watch.look({config != files_.end(), modified_}, [&] { return config->second; })) {
    case ConfigWatch::Seen::kNothing: return;
    case ConfigWatch::Seen::kMissing:
      main.log(fmt::format("Warning [PID]: can not open file {} for checking", kMainConfig));
      return;
    case ConfigWatch::Seen::kChanged: break;
  }
  const auto callback = main.director.roster().globals.callback;
  main.log(fmt::format("Configuration file '{}' has changed on disk", kMainConfig));
  if (main.director.roster().globals.autoreload) {
    main.log(" - reread new configuration");
    reload("");
  } else {
    main.log(" - ignore new configuration");
  }
  if (callback) output_.push_back("callback 1 args: " + kMainConfig);
}

bool RuntimePlayer::address_exists(const std::string& address) const {
  return (address.starts_with("192.168.6.") || address.starts_with("2001:db8:6:")) &&
         !missing_addresses_.contains(address);
}

checks::Outcome RuntimePlayer::answer(const checks::Probe& probe) const {
  const std::string address = probe.target.address.to_string();
  if (probe.check_type == "ping" || (probe.check_type == "connect" && probe.udp))
    return address_exists(address) ? up() : down();
  if (probe.check_type.starts_with("external")) return answer_script(probe);
  if (probe.check_type == "negotiate") return answer_http(probe);
  auto server = servers_.find(server_name(probe));
  const bool accepts = server != servers_.end() && server->second != "down";
  return accepts ? up() : down();
}

// The helper scripts of the scenarios: down, hanging, killed by a signal, or with blanks in the
// name, which is no program.
checks::Outcome RuntimePlayer::answer_script(const checks::Probe& probe) const {
  const std::string& real = probe.command_arguments[2];
  if (!files_.contains(probe.command) || probe.command == "/t/sig") return down();
  if (files_.contains("/t/down." + real) || files_.contains("/t/hang." + real)) return down();
  return up();
}

checks::Outcome RuntimePlayer::answer_http(const checks::Probe& probe) const {
  std::string at = server_name(probe);
  std::string request = probe.request;
  for (int hops = 0; hops < 8; ++hops) {
    if (std::smatch url; std::regex_match(request, url, std::regex("http://([^/:]+)(/.*)")))
      at = url[1].str() + ":80";
    auto server = servers_.find(at);
    if (server == servers_.end()) return down();
    const json& mode = server->second;
    if (mode != "up" && !mode.is_object()) return down();
    const int status = mode.is_object() ? mode.value("http", 200) : 200;
    if (status >= 300 && status < 400) {
      const std::string header = mode.value("hdr", "");
      request = header.substr(header.find(' ') + 1);
      request.resize(request.find('\r'));
      continue;
    }
    std::string body = mode.is_object() ? mode.value("body", "OK\n") : "OK\n";
    if (status / 100 != 2) return down();
    if (body.ends_with('\n')) body.pop_back();  // where `$` matches
    const bool matches =
        probe.receive.empty() || std::regex_search(body, std::regex(probe.receive));
    return matches ? up() : down();
  }
  return down();
}

}  // namespace um::ldirectord
