#include "heartbeat/daemon.hpp"

#include <fstream>
#include <variant>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/clock.hpp"
#include "heartbeat/announcer.hpp"
#include "heartbeat/reset.hpp"
#include "heartbeat/state_files.hpp"

namespace um::heartbeat {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

}  // namespace

const std::string_view kLegacyVersion = "3.0.6";
std::string long_version() {
  return fmt::format("{} (node: ultramonkey-{})", kLegacyVersion, UM_VERSION);
}

// ---- events in, actions out ---------------------------------------------------------------------

/// Actions may bring events of their own; they wait until all actions of this one are done.
void Daemon::handle(cluster::Event event) {
  events_.push_back(std::move(event));
  if (busy_) return;
  busy_ = true;
  while (!events_.empty()) {
    const cluster::Event next = std::move(events_.front());
    events_.pop_front();
    cluster::Actions actions = engine_->handle(next, read_clock());
    for (cluster::Action& action : actions) std::visit([this](auto& a) { perform(a); }, action);
  }
  busy_ = false;
  tell_holdings();
  arm_timer();
}

void Daemon::perform(cluster::SendPacket& action) {
  if (!silent_) transport_.send(action.message);
}

void Daemon::perform(cluster::DeliverLocal& action) {
  if (api_) api_->deliver(action.message, action.treatment);
}

void Daemon::perform(cluster::StartJob& action) {
  runner_->start(action);
}

void Daemon::perform(cluster::Log& action) {
  log_.write(static_cast<LogLevel>(action.level), action.text);
}

void Daemon::perform(cluster::CommUp&) {
  comm_up_ = true;
  if (const auto reason = api_->start())
    log_.error("Cannot serve API clients on {}: {}", paths_.register_socket().string(), *reason);
  clients_.start(verdict_.config.clients);
}

void Daemon::perform(cluster::PauseClients& action) {
  api_->set_paused(action.paused);
}

void Daemon::perform(cluster::AnnounceAddresses&) {
  announce_held_addresses(loop_.get_executor(), paths_.owned_addresses(), log_);
}

void Daemon::perform(cluster::StopClients&) {
  clients_.stop([this] { handle(cluster::ClientsStopped{}); });
}

void Daemon::perform(cluster::SaveDeletedNodes& action) {
  asio::post(helpers_, [this, names = action.names, file = paths_.deleted_nodes()] {
    if (!save_deleted_nodes(file, names)) log_.error("Cannot write {}", file.string());
  });
}

void Daemon::perform(cluster::Exit& action) {
  leave(action.restart);
}

// ---- time ---------------------------------------------------------------------------------------

void Daemon::arm_timer() {
  if (leaving_) return;
  timer_.expires_at(std::chrono::steady_clock::time_point(engine_->next_deadline()));
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) on_timer();
  });
}

/// When we come late, packets may be waiting that make it wrong to judge their senders: they go
/// first (decision W6).
void Daemon::on_timer() {
  const auto late = std::chrono::steady_clock::now() - timer_.expiry();
  const auto tick = [this] {
    ++ticks_;
    read_load();
    handle(cluster::Tick{});
  };
  if (late < verdict_.config.keepalive / 2) return tick();
  asio::post(loop_, [this, tick] { asio::post(loop_, tick); });
}

void Daemon::read_load() {
  const auto now = std::chrono::steady_clock::now();
  if (now - load_read_ < 1s) return;
  load_read_ = now;
  std::ifstream file(paths_.load_average);
  std::string line;
  if (std::getline(file, line)) engine_->set_load(std::move(line));
}

/// Decision H29: the device is fed only while timers tick and heartbeats go out; that this very
/// timer comes shows that the loop and with it the script runner move.
void Daemon::feed_watchdog() {
  if (!watchdog_.armed() || leaving_) return;
  const bool moving = ticks_ != ticks_fed_ && transport_.sent() != sent_fed_ && !silent_;
  ticks_fed_ = ticks_;
  sent_fed_ = transport_.sent();
  if (moving) watchdog_.feed();
  watchdog_timer_.expires_after(verdict_.config.keepalive);
  watchdog_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) feed_watchdog();
  });
}

// ---- the end ------------------------------------------------------------------------------------

/// A resource cannot be stopped: this node goes down, and the peers must see it die (decision R10).
void Daemon::go_silent(const std::string& resource) {
  log_.crit("{} cannot be stopped: this node must go down.", resource);
  silent_ = true;
  reset_machine(loop_.get_executor(), paths_, log_);
}

void Daemon::leave(bool restart) {
  leaving_ = true;
  timer_.cancel();
  watchdog_timer_.cancel();
  watchdog_.disarm();
  if (api_) api_->stop();
  if (restart) {
    log_.info("Heartbeat restart triggered.");
    log_.info("Restarting heartbeat.");
    // The peers wait that long before they believe us to be there again (spec resources 9).
    const auto delay = std::chrono::ceil<std::chrono::seconds>(deadtime()) + 1s;
    tell_guardian(EngineRestarts{delay});
  } else {
    tell_guardian(EngineLeaves{});
  }
  log_.flush();
  loop_.stop();
}

// ---- clientapi::Node ----------------------------------------------------------------------------

const cluster::ClusterView& Daemon::cluster() const {
  return engine_->cluster();
}
std::string Daemon::rsc_status() const {
  return std::string(engine_->rsc_status());
}
std::optional<std::string> Daemon::parameter(std::string_view name) const {
  const auto value = parsers::parameter(verdict_.config, name);
  return value ? std::optional<std::string>(*value) : std::nullopt;
}
std::chrono::milliseconds Daemon::deadtime() const {
  return verdict_.config.deadtime;
}
std::chrono::milliseconds Daemon::keepalive() const {
  return verdict_.config.keepalive;
}
int Daemon::log_facility() const {
  return log_.settings().facility.value_or(-1);
}
std::string Daemon::version() const {
  return long_version();
}
void Daemon::broadcast(wire::Message message) {
  handle(cluster::LocalMessage{std::move(message)});
}

}  // namespace um::heartbeat
