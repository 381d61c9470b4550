#include "cluster/engine.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cluster/message_types.hpp"

namespace um::cluster {
namespace {

// What a deadline that is due may make due in turn; more than this is a bug, not a reason to hang.
constexpr int kMostTicksAtOnce = 16;

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
// clang before 17 does not deduce it.
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

Engine::Engine(Config config)
    : config_(std::move(config)), membership_(config_), ownership_(config_, membership_) {}

Actions Engine::handle(const Event& event, Now now) {
  notice_pause(now);
  Outbox box;
  std::visit(Overloaded{
                 [&](const Started&) { membership_.start(now, box); },
                 [&](const PacketReceived& packet) { membership_.packet(packet, now, box); },
                 [&](const LocalMessage& local) {
                   // A status speaks for the daemon itself: nobody else may send one in its name.
                   if (is_status(local.message.type()))
                     box.log(LogLevel::kWarn,
                             "a local client tried to send a status message: refused");
                   else if (!local.message.type().empty())
                     box.broadcast(local.message);
                 },
                 [&](const Tick&) {},
                 [&](const JobFinished& job) { ownership_.job_finished(job, now, box); },
                 [&](const ClientStarting&) { membership_.client_starting(now, box); },
                 [&](const ClientsStopped&) { membership_.clients_stopped(now); },
                 [&](const ShutdownRequested& request) {
                   membership_.shutdown_requested(request.restart);
                   ownership_.shutdown_requested(request.restart, now, box);
                 },
                 [&](const Reconfigured& change) {
                   reconfigure(change.config);
                   membership_.reconfigured(now, box);
                   ownership_.reconfigured(now, box);
                 },
             },
             event);
  drain(box, now);
  process_own_messages(now);
  tick(now);
  return std::exchange(actions_, {});
}

TimePoint Engine::earliest_deadline() const {
  const TimePoint next = membership_.next_deadline();
  const auto other = ownership_.next_deadline();
  return other ? std::min(next, *other) : next;
}

// The keepalive alone makes the gap shorter than this as long as we are allowed to run.
void Engine::notice_pause(Now now) {
  if (last_event_ && now.monotonic - *last_event_ > Duration(config_.times.deadtime) / 2) {
    Outbox box;
    membership_.paused(now.monotonic - *last_event_, now, box);
    drain(box, now);
  }
  last_event_ = now.monotonic;
}

void Engine::tick(Now now) {
  for (int i = 0; i < kMostTicksAtOnce; ++i) {
    deadline_ = earliest_deadline();
    if (deadline_ > now.monotonic) return;
    Outbox box;
    membership_.tick(now, box);
    drain(box, now);
    process_own_messages(now);
    ownership_.tick(now, box);
    drain(box, now);
    process_own_messages(now);
  }
}

void Engine::drain(Outbox& box, Now now) {
  for (Outbox::Item& item : box.take()) {
    std::visit(Overloaded{
                   [&](Action& action) { actions_.push_back(std::move(action)); },
                   [&](Broadcast& broadcast) { send(std::move(broadcast.message), now); },
                   [&](BroadcastStatus&) { send(membership_.status_message(now), now); },
                   [&](Notice& notice) { tell(notice, now); },
               },
               item);
  }
}

void Engine::tell(const Notice& notice, Now now) {
  Outbox box;
  std::visit(Overloaded{
                 [&](const CommCameUp&) { ownership_.comm_up(now, box); },
                 [&](const MessageAccepted& m) { ownership_.message(m.message, now, box); },
                 [&](const NodeDied& death) { ownership_.node_dead(death, now, box); },
                 [&](const NodeRestarted& n) { ownership_.node_restarted(n.node, now, box); },
                 [&](const NodeReturned& n) { ownership_.node_returned(n.node, now, box); },
                 [&](const NodeStatusChanged& c) { ownership_.node_status_changed(c, now, box); },
                 [&](const LeaveCluster&) { ownership_.shutdown_requested(false, now, box); },
             },
             notice);
  drain(box, now);
}

void Engine::send(wire::Message message, Now now) {
  wire::Message stamped = membership_.stamp(std::move(message), now);
  actions_.emplace_back(SendPacket{stamped});
  own_messages_.push_back(std::move(stamped));
}

void Engine::process_own_messages(Now now) {
  while (!own_messages_.empty()) {
    const wire::Message message = std::move(own_messages_.front());
    own_messages_.pop_front();
    Outbox box;
    membership_.own_message(message, now, box);
    drain(box, now);
  }
}

void Engine::reconfigure(const Config& config) {
  Config next = config;
  next.node = config_.node;
  next.uuid = config_.uuid;
  next.generation = config_.generation;
  next.seed = config_.seed;
  next.pid = config_.pid;
  config_ = std::move(next);
}

}  // namespace um::cluster
