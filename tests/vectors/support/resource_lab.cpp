#include "tests/vectors/support/resource_lab.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace um::cluster::lab {

namespace {

constexpr std::int64_t kStartOfTime = 1'795'332'000;
constexpr auto kNetworkDelay = 1ms;

std::string level_word(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo:
    case LogLevel::kNotice: return "info";
    case LogLevel::kWarn: return "WARN";
    case LogLevel::kError: return "ERROR";
    case LogLevel::kCrit: return "CRIT";
  }
  return "info";
}

std::string resource_name(const parsers::Resource& resource) {
  std::string name = resource.agent;
  for (const std::string& argument : resource.arguments) name += "_" + argument;
  return name;
}

std::string call_text(const parsers::Resource& resource, AgentAction action) {
  std::string text = resource.agent;
  for (const std::string& argument : resource.arguments) text += " " + argument;
  return text + " " + std::string(to_string(action));
}

wire::Message message_from(std::string_view fields) {
  wire::Message message;
  std::istringstream words{std::string(fields)};
  for (std::string word; words >> word;) {
    auto equals = word.find('=');
    if (equals != std::string::npos) message.set(word.substr(0, equals), word.substr(equals + 1));
  }
  return message;
}

std::string show(const wire::Message& message) {
  static const std::set<std::string_view> kHidden = {
      "src", "srcuuid", "seq", "hg", "ts", "ld", "ttl", "protocol", "um", "destuuid"};
  std::string text;
  for (const wire::Field& field : message.fields()) {
    if (kHidden.contains(field.name)) continue;
    if (!text.empty()) text += ' ';
    text += field.name + "=" + field.value;
  }
  return text;
}

}  // namespace

struct ResourceLab::Machine {
  std::string name;
  Config config;
  std::unique_ptr<Engine> engine;
  bool killed = false;
  std::uint64_t life = 0;  // counts starts and crashes: what was planned for another life is void
  std::optional<TimePoint> wake_at;
  std::set<std::string> active;
  std::map<std::pair<std::string, AgentAction>, Injection> injections;
  std::vector<std::string> sent;
  int announcements = 0;
};

struct ResourceLab::Job {
  StartJob wanted;
  std::size_t group = 0;
  std::unique_ptr<GroupWork> work;
  int exit_status = 0;
};

ResourceLab::ResourceLab(Settings settings) : settings_(std::move(settings)) {
  parsers::Source source("haresources", settings_.haresources);
  resources_ = parsers::parse_haresources(source, settings_.nodes).value;
  std::uint8_t number = 1;
  for (const std::string& name : settings_.nodes) {
    auto machine = std::make_unique<Machine>();
    machine->name = name;
    Config& config = machine->config;
    config.node = name;
    config.uuid.fill(number++);
    config.generation = 100;
    for (const std::string& node : settings_.nodes)
      config.nodes.push_back({node, NodeKind::kNormal});
    config.media = {{"eth0", ""}};
    config.times = settings_.times;
    config.seed = number;
    auto failback = settings_.failback.find(name);
    config.failback = failback == settings_.failback.end() ? Failback::kOn : failback->second;
    config.stonith = settings_.stonith;
    config.pid = 8;
    for (const parsers::ResourceGroup& group : resources_.groups) {
      ResourceGroup plain{group.node, {}};
      for (const parsers::Resource& resource : group.resources)
        plain.resources.push_back(resource.word);
      config.groups.push_back(std::move(plain));
    }
    machines_.emplace(name, std::move(machine));
  }
}

ResourceLab::~ResourceLab() = default;

ResourceLab::Machine& ResourceLab::machine(const std::string& node) const {
  auto found = machines_.find(node);
  if (found == machines_.end()) throw std::invalid_argument("no node " + node);
  return *found->second;
}

Now ResourceLab::clock() const {
  auto since = std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch());
  return {now_, kStartOfTime + since.count()};
}

void ResourceLab::start(const std::string& node) {
  Machine& m = machine(node);
  ++m.life;
  ++m.config.generation;
  m.engine = std::make_unique<Engine>(m.config);
  feed(m, Started{});
}

void ResourceLab::crash(const std::string& node) {
  Machine& m = machine(node);
  m.killed = m.engine != nullptr;
  ++m.life;
  m.engine.reset();
  m.wake_at.reset();
}

void ResourceLab::leave(Machine& m) {
  crash(m.name);
  m.killed = false;
}

void ResourceLab::stop(const std::string& node) {
  feed(machine(node), ShutdownRequested{});
}

void ResourceLab::command(const std::string& node, std::string_view fields) {
  Machine& m = machine(node);
  if (m.engine) feed(m, LocalMessage{message_from(fields)});
}

void ResourceLab::inject(const std::string& node, const std::string& resource, AgentAction action,
                         Injection injection) {
  machine(node).injections[{resource, action}] = injection;
}

void ResourceLab::clear_injection(const std::string& node, const std::string& resource,
                                  AgentAction action) {
  machine(node).injections.erase({resource, action});
}

void ResourceLab::power_off(const std::string& node) {
  crash(node);
  machine(node).active.clear();
}

void ResourceLab::set_active(const std::string& node, const std::string& resource) {
  machine(node).active.insert(resource);
}

Config& ResourceLab::config_of(const std::string& node) {
  return machine(node).config;
}

// ---- time ---------------------------------------------------------------------------------------

void ResourceLab::at(TimePoint when, std::function<void()> what) {
  agenda_.emplace(when, std::move(what));
}

void ResourceLab::run(Duration time) {
  run_until([] { return false; }, time);
}

bool ResourceLab::run_until(const std::function<bool()>& condition, Duration limit) {
  TimePoint end = now_ + limit;
  while (!condition()) {
    if (agenda_.empty() || agenda_.begin()->first > end) {
      now_ = end;
      return condition();
    }
    auto next = agenda_.extract(agenda_.begin());
    now_ = std::max(now_, next.key());
    next.mapped()();
  }
  return true;
}

void ResourceLab::feed(Machine& m, const Event& event) {
  if (!m.engine) return;
  carry_out(m, m.engine->handle(event, clock()));
  if (m.engine) wake_later(m);
}

void ResourceLab::wake_later(Machine& m) {
  TimePoint when = std::max(m.engine->next_deadline(), now_);
  if (m.wake_at && *m.wake_at <= when) return;
  m.wake_at = when;
  at(when, [this, &m, life = m.life, when] {
    if (m.life != life || m.wake_at != when) return;
    m.wake_at.reset();
    feed(m, Tick{});
  });
}

void ResourceLab::carry_out(Machine& m, Actions actions) {
  std::uint64_t life = m.life;
  for (Action& action : actions) {
    if (auto* log = std::get_if<Log>(&action)) {
      record(m, Kind::kLog, level_word(log->level) + ": " + log->text);
    } else if (auto* packet = std::get_if<SendPacket>(&action)) {
      if (packet->message.type() != "status") m.sent.push_back(show(packet->message));
      if (!connected_) continue;
      for (auto& [name, other] : machines_)
        if (other.get() != &m)
          at(now_ + kNetworkDelay, [this, to = other.get(), message = packet->message] {
            feed(*to, PacketReceived{0, message});
          });
    } else if (auto* job = std::get_if<StartJob>(&action)) {
      at(now_, [this, &m, life, job = *job] {
        if (m.life == life) run_job(m, job);
      });
    } else if (std::holds_alternative<StopClients>(action)) {
      at(now_, [this, &m, life] {
        if (m.life == life) feed(m, ClientsStopped{});
      });
    } else if (std::holds_alternative<AnnounceAddresses>(action)) {
      ++m.announcements;
    } else if (std::holds_alternative<Exit>(action)) {
      at(now_, [this, &m, life] {
        if (m.life == life) leave(m);
      });
    }
  }
}

// ---- jobs ---------------------------------------------------------------------------------------

void ResourceLab::run_job(Machine& m, const StartJob& wanted) {
  auto job = std::make_shared<Job>();
  job->wanted = wanted;
  switch (wanted.kind) {
    case JobKind::kTakeGroups:
    case JobKind::kGiveGroups: run_next_group(m, job); return;
    case JobKind::kStonith:
      record(m, Kind::kAgent, "STONITH reset " + wanted.node);
      at(now_ + 2s, [this, &m, life = m.life, number = wanted.job] {
        if (m.life == life) finish_job(m, number, fence_status_);
      });
      return;
    case JobKind::kInitialStandby:
      for (const std::string& key : wanted.groups)
        for (const parsers::Resource& resource : resources_.find(key)->resources)
          if (resource.agent == "LVSSyncDaemonSwap")
            record(m, Kind::kAgent, call_text(resource, AgentAction::kStop));
      finish_job(m, wanted.job, 0);
      return;
    default:
      record(m, Kind::kAgent, "rc.d/" + wanted.environment.at("HA_t"));
      finish_job(m, wanted.job, 0);
  }
}

void ResourceLab::run_next_group(Machine& m, std::shared_ptr<Job> job) {
  if (job->group == job->wanted.groups.size()) {
    finish_job(m, job->wanted.job, job->exit_status);
    return;
  }
  const parsers::ResourceGroup* group = resources_.find(job->wanted.groups[job->group++]);
  auto verb =
      job->wanted.kind == JobKind::kTakeGroups ? GroupWork::Verb::kTake : GroupWork::Verb::kGive;
  auto locate = [](std::string_view agent) {
    return agent.starts_with("nosuch") ? std::string()
                                       : "/etc/ha.d/resource.d/" + std::string(agent);
  };
  job->work = std::make_unique<GroupWork>(verb, *group, GroupWork::Options{}, locate);
  step(m, std::move(job));
}

void ResourceLab::step(Machine& m, std::shared_ptr<Job> job) {
  GroupWork::Step next = job->work->next();
  for (Log& line : job->work->take_log())
    record(m, Kind::kLog, level_word(line.level) + ": " + line.text);
  auto go_on_after = [&](Duration delay) {
    at(now_ + delay, [this, &m, life = m.life, job] {
      if (m.life == life) step(m, job);
    });
  };
  if (auto* call = std::get_if<GroupWork::RunAgent>(&next)) {
    call_agent(m, job, *call);
  } else if (auto* pause = std::get_if<GroupWork::Pause>(&next)) {
    go_on_after(pause->length);
  } else if (std::holds_alternative<GroupWork::Reboot>(next)) {
    record(m, Kind::kAgent, "STUB reboot -nf");
    crash(m.name);
  } else {
    if (!std::get<GroupWork::Done>(next).started) job->exit_status = 1;
    run_next_group(m, job);
  }
}

void ResourceLab::call_agent(Machine& m, std::shared_ptr<Job> job,
                             const GroupWork::RunAgent& call) {
  std::string name = resource_name(*call.resource);
  std::string text = call_text(*call.resource, call.action);
  record(m, Kind::kAgent, text);
  Injection injection;
  if (auto found = m.injections.find({name, call.action}); found != m.injections.end())
    injection = found->second;
  bool succeeds = injection.exit_status == 0 || injection.works_all_the_same;
  if (call.action == AgentAction::kStart && succeeds) m.active.insert(name);
  check_twice();
  at(now_ + settings_.agent_time + injection.delay,
     [this, &m, life = m.life, job, name, text, action = call.action, injection, succeeds] {
       if (m.life != life) return;
       if (action == AgentAction::kStop && succeeds) m.active.erase(name);
       if (injection.exit_status != 0)
         record(m, Kind::kAgent, text + " => rc " + std::to_string(injection.exit_status));
       bool owned = m.active.contains(name);
       job->work->finished(injection.exit_status, owned ? "running" : "stopped");
       step(m, job);
     });
}

void ResourceLab::finish_job(Machine& m, std::uint64_t number, int exit_status) {
  feed(m, JobFinished{number, exit_status});
}

// ---- what was seen ------------------------------------------------------------------------------

void ResourceLab::record(const Machine& m, Kind kind, std::string text) {
  seen_.push_back({now_, m.name, kind, std::move(text)});
}

void ResourceLab::check_twice() {
  if (!active_twice().empty()) ever_twice_ = true;
}

std::vector<std::string> ResourceLab::active_twice() const {
  std::vector<std::string> twice;
  std::set<std::string> once;
  for (const auto& [name, m] : machines_)
    if (m->engine)
      for (const std::string& resource : m->active)
        if (!once.insert(resource).second) twice.push_back(resource);
  return twice;
}

std::string ResourceLab::active(const std::string& node) const {
  std::string text;
  for (const std::string& resource : machine(node).active)
    text += (text.empty() ? "" : ",") + resource;
  return text.empty() ? "none" : text;
}

std::string ResourceLab::rsc_status(const std::string& node) const {
  const Machine& m = machine(node);
  return m.engine ? std::string(m.engine->rsc_status()) : "stopped";
}

bool ResourceLab::was_killed(const std::string& node) const {
  return machine(node).killed;
}

bool ResourceLab::running(const std::string& node) const {
  return machine(node).engine != nullptr;
}

const Engine& ResourceLab::engine(const std::string& node) const {
  return *machine(node).engine;
}

std::vector<std::string> ResourceLab::log(const std::string& node) const {
  std::vector<std::string> lines;
  for (const Seen& one : seen_)
    if (one.node == node && one.kind == Kind::kLog) lines.push_back(one.text);
  return lines;
}

std::vector<std::string> ResourceLab::calls(const std::string& node) const {
  std::vector<std::string> lines;
  for (const Seen& one : seen_)
    if (one.node == node && one.kind == Kind::kAgent && !one.text.ends_with(" status"))
      lines.push_back(one.text);
  return lines;
}

std::vector<std::string> ResourceLab::sent(const std::string& node) const {
  return machine(node).sent;
}

bool ResourceLab::logged(const std::string& node, std::string_view line) const {
  return std::ranges::any_of(seen_, [&](const Seen& one) {
    return one.node == node && one.kind == Kind::kLog && one.text == line;
  });
}

int ResourceLab::announcements(const std::string& node) const {
  return machine(node).announcements;
}

void ResourceLab::forget() {
  seen_.clear();
  for (auto& [name, m] : machines_) {
    m->sent.clear();
    m->announcements = 0;
  }
}

}  // namespace um::cluster::lab
