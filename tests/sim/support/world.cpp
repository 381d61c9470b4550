#include "tests/sim/support/world.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace um::sim {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kBegin{1h};
constexpr std::int64_t kWallAtBegin = 1'795'332'000;
constexpr std::size_t kSocketBuffer = 200;  // packets
constexpr std::size_t kOverheard = 400;     // packets an eavesdropper keeps
constexpr std::size_t kTraceLines = 80;
constexpr Duration kLookEvery = 250ms;
// The busiest second of 100,000 seeds had some 50,000: more is a loop that would never end.
constexpr std::size_t kMostInASecond = 1'000'000;

PacketPtr make_packet(int from, const wire::Message& message, int first_medium, int media) {
  auto packet = std::make_shared<Packet>();
  packet->from = from;
  packet->generation = message.hex("hg").value_or(0);
  packet->number = message.hex("seq").value_or(0);
  const std::string_view type = message.type();
  if (type == "status") {
    packet->kind = PacketKind::kStatus;
    packet->status = message.get("st");
    packet->asked = std::chrono::milliseconds(message.hex("dt").value_or(0));
  } else if (type == "NS_st") {
    packet->kind = PacketKind::kPing;
  } else if (type.starts_with("NS_")) {
    packet->kind = PacketKind::kUnsequenced;
  }
  for (int medium = 0; medium < media; ++medium)
    packet->events.emplace_back(
        cluster::PacketReceived{static_cast<std::size_t>(first_medium + medium), message});
  return packet;
}

}  // namespace

void Hook::job(World& world, int node, const cluster::StartJob& job) {
  world.later(node, 10ms, [&world, node, id = job.job] {
    world.handle(node, cluster::JobFinished{id, 0});
  });
}

World::World(Scenario scenario, Hook& hook, bool trace)
    : scenario_(std::move(scenario)),
      hook_(hook),
      network_(scenario_),
      witness_(scenario_),
      random_(scenario_.seed),
      now_(kBegin),
      nodes_(scenario_.nodes),
      tracing_(trace) {
  for (int node = 0; node < scenario_.nodes; ++node)
    schedule(kBegin + scenario_.starts[node], FirstStart{node});
  for (std::size_t i = 0; i < scenario_.steps.size(); ++i)
    schedule(kBegin + scenario_.steps[i].at, StepDue{i});
  schedule(kBegin + scenario_.calm_from, Calm{});
  schedule(kBegin, Look{});
}

std::string World::run() {
  const TimePoint end = kBegin + scenario_.end;
  while (failure_.empty() && !queue_.empty() && queue_.top().at <= end) {
    const Entry entry = queue_.top();
    queue_.pop();
    count(entry.at);
    happen(entry);
    ask_witness();
  }
  if (failure_.empty()) {
    now_ = end;
    witness_.at_end(now_);
    hook_.at_end(*this);
    ask_witness();
  }
  return failure_;
}

void World::ask_witness() {
  if (!witness_.failure().empty()) fail(witness_.failure());
}

/// Time goes on; but a cluster in which each event causes another at once does not.
void World::count(TimePoint at) {
  if (at.time_since_epoch() / 1s != now_.time_since_epoch() / 1s) happened_ = 0;
  now_ = at;
  if (++happened_ > kMostInASecond)
    fail(fmt::format("[endless] {} things happen within one second", kMostInASecond));
}

void World::happen(const Entry& entry) {
  const bool void_by_now = entry.life != 0 && [&] {
    const Happening& what = *entry.what;
    if (const auto* call = std::get_if<Call>(&what)) return nodes_[call->node].life != entry.life;
    if (const auto* wake = std::get_if<Wake>(&what)) return nodes_[wake->node].life != entry.life;
    if (const auto* up = std::get_if<Resume>(&what)) return nodes_[up->node].life != entry.life;
    return false;
  }();
  if (void_by_now) return;
  Happening& what = *entry.what;
  if (auto* arrival = std::get_if<Arrival>(&what)) {
    arrive(arrival->node, arrival->medium, arrival->packet);
  } else if (auto* due = std::get_if<Wake>(&what)) {
    if (nodes_[due->node].wake_at == now_) wake(due->node);
  } else if (auto* up = std::get_if<Resume>(&what)) {
    resume(up->node);
  } else if (auto* call = std::get_if<Call>(&what)) {
    // A paused process does what it has to do when it runs again.
    Node& node = nodes_[call->node];
    if (node.paused_until)
      schedule(*node.paused_until + 1us, std::move(*call), entry.life);
    else
      call->what();
  } else if (auto* step = std::get_if<StepDue>(&what)) {
    if (tracing_) note(-1, describe(scenario_.steps[step->index]));
    apply(scenario_.steps[step->index]);
  } else if (auto* first = std::get_if<FirstStart>(&what)) {
    start(first->node);
  } else if (std::holds_alternative<Calm>(what)) {
    calm();
  } else {
    witness_.look(now_);
    schedule(now_ + kLookEvery, Look{});
  }
}

void World::schedule(TimePoint at, Happening what, std::uint64_t life) {
  if (at < now_) fail("[endless] something is to happen in the past");
  queue_.push({at, ++order_, life, std::make_shared<Happening>(std::move(what))});
}

void World::later(int node, Duration delay, std::function<void()> what) {
  schedule(now_ + delay, Call{node, std::move(what)}, nodes_[node].life);
}

void World::apply(const Step& step) {
  network_.apply(step);
  Node& node = nodes_[step.node];
  switch (step.kind) {
    case StepKind::kCrash: crash(step.node); break;
    case StepKind::kStart: start(step.node); break;
    case StepKind::kStop:
      if (node.engine)
        later(step.node, 0ns, [this, n = step.node] { handle(n, cluster::ShutdownRequested{}); });
      break;
    case StepKind::kPause:
      if (!node.engine || node.paused_until) break;
      node.paused_until = now_ + std::chrono::milliseconds(step.value);
      witness_.paused(step.node);
      schedule(*node.paused_until, Resume{step.node}, node.life);
      break;
    case StepKind::kWallClock: node.wall_offset += step.value; break;
    case StepKind::kSlow:
      node.slow = std::chrono::milliseconds(step.value);
      witness_.slow(step.node, node.slow);
      break;
    case StepKind::kTalk: talk(step.node, step.value); break;
    case StepKind::kReplay: replay(step); break;
    case StepKind::kStranger: stranger(step); break;
    case StepKind::kPingDown:
    case StepKind::kPingUp: ping_alive_ = step.kind == StepKind::kPingUp; break;
    default: break;
  }
}

void World::calm() {
  network_.calm(scenario_.final_side);
  for (int node = 0; node < scenario_.nodes; ++node) {
    nodes_[node].slow = {};
    witness_.slow(node, {});
  }
  note(-1, "calm");
}

// ---- processes

cluster::Config World::config_of(int node) const {
  cluster::Config config;
  config.node = node_name(node);
  config.uuid.fill(static_cast<std::uint8_t>(node + 1));
  config.generation = nodes_[node].generation;
  for (int other = 0; other < scenario_.nodes; ++other)
    config.nodes.push_back({node_name(other), cluster::NodeKind::kNormal});
  for (int medium = 0; medium < scenario_.media; ++medium)
    config.media.push_back({fmt::format("eth{}", medium), ""});
  if (scenario_.ping_node) {
    config.nodes.push_back({kPingName, cluster::NodeKind::kPing});
    config.media.push_back({kPingName, kPingName});
  }
  config.times = scenario_.times;
  config.seed = scenario_.seed * 1000 + static_cast<std::uint64_t>(node) * 31 + config.generation;
  config.manage_resources = false;
  return config;
}

void World::start(int node) {
  if (nodes_[node].engine) return;
  ++nodes_[node].generation;
  ++nodes_[node].life;
  nodes_[node].paused_until.reset();
  nodes_[node].socket.clear();
  nodes_[node].wake_at.reset();
  cluster::Config config = config_of(node);
  hook_.configure(node, config);
  nodes_[node].engine = std::make_unique<cluster::Engine>(std::move(config));
  witness_.started(node, nodes_[node].generation, now_);
  note(node, fmt::format("starts, generation {}", nodes_[node].generation));
  hook_.started(*this, node);
  handle(node, cluster::Started{});
}

void World::crash(int node) {
  if (nodes_[node].engine) end_process(node, true);
}

void World::end_process(int node, bool crashed) {
  note(node, crashed ? "crashes" : "has ended");
  ++nodes_[node].life;
  nodes_[node].engine.reset();
  nodes_[node].paused_until.reset();
  witness_.gone(node);
  hook_.gone(*this, node, crashed);
}

void World::resume(int index) {
  Node& node = nodes_[index];
  node.paused_until.reset();
  note(index, "runs again");
  witness_.resumed(index, now_);
  const auto waiting = std::exchange(node.socket, {});
  // Whether the timer or the sockets come first is up to the event loop.
  const bool timer_first = random_.between(0, 1) == 0;
  if (timer_first) wake(index);
  for (const auto& [packet, medium] : waiting) arrive(index, medium, packet);
  if (!timer_first) wake(index);
}

void World::handle(int index, const cluster::Event& event) {
  Node& node = nodes_[index];
  if (!node.engine || !failure_.empty()) return;
  ++events_handled_;
  cluster::Actions actions = node.engine->handle(event, clock_of(index));
  const std::uint64_t life = node.life;
  for (cluster::Action& action : actions) {
    act(index, action);
    if (nodes_[index].life != life) return;
  }
  witness_.handled(index, now_);
  hook_.check(*this);
  schedule_wake(index);
}

Now World::clock_of(int node) const {
  const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now_ - kBegin).count();
  return {now_, kWallAtBegin + passed + nodes_[node].wall_offset};
}

void World::schedule_wake(int index) {
  Node& node = nodes_[index];
  const TimePoint at = std::max(node.engine->next_deadline(), now_ + 1ns) + lateness(index);
  if (node.wake_at && *node.wake_at <= at && *node.wake_at > now_) return;
  node.wake_at = at;
  schedule(at, Wake{index}, node.life);
}

void World::wake(int index) {
  Node& node = nodes_[index];
  if (!node.engine || node.paused_until) return;
  node.wake_at.reset();
  handle(index, cluster::Tick{});
}

Duration World::lateness(int node) {
  const auto most = nodes_[node].slow.count();
  return most == 0 ? Duration{} : Duration(static_cast<std::int64_t>(random_.between(0, most)));
}

// ---- what engines want done

void World::act(int node, cluster::Action& action) {
  witness_.action(node, action, now_);
  if (auto* packet = std::get_if<cluster::SendPacket>(&action)) {
    transmit(node, packet->message);
  } else if (auto* job = std::get_if<cluster::StartJob>(&action)) {
    hook_.job(*this, node, *job);
  } else if (std::holds_alternative<cluster::StopClients>(action)) {
    later(node, 20ms, [this, node] { handle(node, cluster::ClientsStopped{}); });
  } else if (auto* line = std::get_if<cluster::Log>(&action)) {
    if (tracing_) note(node, line->text);
  }
  hook_.action(*this, node, action);
  if (std::holds_alternative<cluster::Exit>(action)) end_process(node, false);
}

void World::transmit(int node, const wire::Message& message) {
  const PacketPtr packet = make_packet(node, message, 0, scenario_.media);
  witness_.sent(node, packet, now_);
  if (tracing_ && packet->kind != PacketKind::kStatus && message.type() != "NS_ackmsg")
    note(node, fmt::format("sends {} {:x}", message.type(), packet->number));
  if (overheard_.size() < kOverheard)
    overheard_.push_back(packet);
  else
    overheard_[random_.between(0, kOverheard - 1)] = packet;
  for (int medium = 0; medium < scenario_.media; ++medium) transmit_on(node, medium, packet);
  if (scenario_.ping_node && packet->kind == PacketKind::kStatus) ping(node);
}

void World::transmit_on(int node, int medium, const PacketPtr& packet) {
  for (int to = 0; to < scenario_.nodes; ++to) {
    if (to == node && !(scenario_.echo && medium == 0)) continue;
    for (const Duration delay : network_.copies(node, to, medium, random_))
      schedule(now_ + delay + lateness(to), Arrival{to, medium, packet});
  }
}

void World::ping(int node) {
  if (!ping_alive_) return;
  wire::Message echo("NS_st");
  echo.set("st", "ping").set("info", "ping").set("src", kPingName);
  echo.set_hex("ts", static_cast<std::uint64_t>(clock_of(node).unix_seconds));
  const PacketPtr packet = make_packet(scenario_.nodes, echo, scenario_.media, 1);
  schedule(now_ + 1ms + lateness(node), Arrival{node, scenario_.media, packet});
}

/// The rhythm of those that are known to live, and acknowledgements, would drown the rest.
bool World::worth_a_line(int index, const Packet& packet) const {
  if (packet.kind == PacketKind::kPing || packet.message().type() == "NS_ackmsg") return false;
  return packet.kind != PacketKind::kStatus ||
         cluster::to_string(nodes_[index].engine->cluster().status_of(node_name(packet.from))) !=
             packet.status;
}

void World::arrive(int index, int medium, const PacketPtr& packet) {
  Node& node = nodes_[index];
  if (!node.engine) return;
  if (node.paused_until) {
    if (node.socket.size() < kSocketBuffer) node.socket.emplace_back(packet, medium);
    return;
  }
  if (tracing_ && worth_a_line(index, *packet))
    note(index, fmt::format("hears {} of {} {:x} generation {} on {}", packet->message().type(),
                            node_name(packet->from), packet->number, packet->generation, medium));
  witness_.hears(index, medium, packet, now_);
  handle(index, packet->events[pings(medium) ? 0 : medium]);
}

void World::replay(const Step& step) {
  for (std::int64_t i = 0; i < step.value && !overheard_.empty(); ++i) {
    const PacketPtr packet = overheard_[random_.between(0, overheard_.size() - 1)];
    const int medium = std::max(0, step.medium);
    for (int to = 0; to < scenario_.nodes; ++to) {
      if (to == packet->from) continue;
      schedule(now_ + std::chrono::milliseconds(i), Arrival{to, medium, packet});
    }
  }
}

// Every other packet bears the uuid of a member, as a cloned machine's would (decision W14).
void World::stranger(const Step& step) {
  const auto medium = static_cast<std::size_t>(std::max(0, step.medium));
  for (std::int64_t i = 0; i < step.value; ++i) {
    wire::Message message("status");
    message.set("st", "active").set("dt", "1770").set("protocol", "1").set("src", kStrangerName);
    if (i % 2 == 1)
      message.set("srcuuid", std::string(16, static_cast<char>(step.node + 1)),
                  wire::FieldType::kBinary);
    message.set_hex("seq", static_cast<std::uint64_t>(i + 1)).set("hg", "1").set("ts", "6b029a79");
    for (int to = 0; to < scenario_.nodes; ++to) {
      later(to, std::chrono::milliseconds(i * 7), [this, to, medium, message] {
        if (!nodes_[to].engine) return;
        witness_.hears_stranger(to, now_);
        handle(to, cluster::PacketReceived{medium, message});
      });
    }
  }
}

void World::talk(int index, std::int64_t messages) {
  if (!nodes_[index].engine) return;
  for (std::int64_t i = 0; i < messages; ++i) {
    later(index, std::chrono::milliseconds(i * 5), [this, index, i] {
      wire::Message message(i % 3 == 0 ? "hbapi-clstat" : "chat");
      if (i % 5 == 4) message.set("dest", node_name(static_cast<int>(i) % scenario_.nodes));
      message.set("line", fmt::format("{}", i));
      handle(index, cluster::LocalMessage{std::move(message)});
    });
  }
}

// ---- words

void World::fail(const std::string& why) {
  if (failure_.empty())
    failure_ =
        fmt::format("{:9.3f} s  {}", std::chrono::duration<double>(now_ - kBegin).count(), why);
}

void World::note(int node, const std::string& what) {
  if (!tracing_) return;
  trace_.push_back(fmt::format("{:9.3f} s  {:3} {}",
                               std::chrono::duration<double>(now_ - kBegin).count(),
                               node < 0 ? "***" : node_name(node), what));
  if (trace_.size() > kTraceLines) trace_.pop_front();
}

}  // namespace um::sim
