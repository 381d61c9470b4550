// daemon.hpp - the engine process: one Asio loop between the cluster engine and the world.
//
//     media -> Transport -> Engine::handle -> Actions -> media, scripts, clients, API, log
//
// Everything that happens becomes an Event, one at a time and in order; every Action is carried out
// where it belongs. Nothing on this loop waits: not for a disk, not for a name server, not for a
// script. It decides nothing about the cluster by itself.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <sys/types.h>

#include "base/log.hpp"
#include "clientapi/server.hpp"
#include "cluster/engine.hpp"
#include "heartbeat/clients.hpp"
#include "heartbeat/cluster_setup.hpp"
#include "heartbeat/fifo.hpp"
#include "heartbeat/guard_link.hpp"
#include "heartbeat/paths.hpp"
#include "heartbeat/role.hpp"
#include "heartbeat/script_runner.hpp"
#include "heartbeat/transport.hpp"
#include "heartbeat/watchdog.hpp"
#include "parsers/ha_start.hpp"

namespace um::heartbeat {

/// What `-V`, the log and the API call the version (decision H31).
extern const std::string_view kLegacyVersion;
std::string long_version();

class Daemon final : public clientapi::Node {
 public:
  struct Setup {
    Paths paths;
    RoleOrder order;
    parsers::Verdict verdict;
    std::string program;
  };

  Daemon(Setup setup, Log& log);
  ~Daemon() override;

  /// Opens everything, tells the guardian how that went, and works until the end. The exit status.
  int run();

  // ---- clientapi::Node
  const cluster::ClusterView& cluster() const override;
  std::string rsc_status() const override;
  std::optional<std::string> parameter(std::string_view name) const override;
  std::chrono::milliseconds deadtime() const override;
  std::chrono::milliseconds keepalive() const override;
  int log_facility() const override;
  std::string version() const override;
  void broadcast(wire::Message message) override;

 private:
  // ---- daemon_start.cpp
  bool open_state();
  bool open_media();
  bool open_fifo();
  void open_runner();
  void report_ready();
  void fail(int code);
  Identification identification() const;

  // ---- daemon.cpp: the loop
  void handle(cluster::Event event);
  void perform(cluster::Action& action);
  void perform(cluster::SendPacket& action);
  void perform(cluster::DeliverLocal& action);
  void perform(cluster::StartJob& action);
  void perform(cluster::Log& action);
  void perform(cluster::CommUp& action);
  void perform(cluster::PauseClients& action);
  void perform(cluster::AnnounceAddresses& action);
  void perform(cluster::StopClients& action);
  void perform(cluster::SaveDeletedNodes& action);
  void perform(cluster::Exit& action);
  void arm_timer();
  void on_timer();
  void read_load();
  void feed_watchdog();
  void go_silent(const std::string& resource);
  void leave(bool restart);

  // ---- daemon_guard.cpp: signals and the guardian
  void watch_signals();
  void on_signal(int number);
  void change_debug_level(int by);
  void watch_guardian();
  void replace_guardian();
  void tell_guardian(const GuardMessage& message);
  void tell_holdings();

  // ---- daemon_reload.cpp
  void reload();
  void take_reload(parsers::Verdict verdict);
  void apply(parsers::Verdict verdict);
  void apply_keys(const parsers::Verdict& verdict);
  void configure_parts();
  Environment environment() const;

  Paths paths_;
  RoleOrder order_;
  std::string program_;
  Log& log_;
  parsers::Verdict verdict_;
  int debug_ = 0;

  boost::asio::io_context loop_{1};
  boost::asio::thread_pool helpers_{2};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer watchdog_timer_;
  boost::asio::posix::stream_descriptor guardian_;

  Identification who_;
  std::unique_ptr<cluster::Engine> engine_;
  Transport transport_;
  std::unique_ptr<ScriptRunner> runner_;
  Clients clients_;
  Fifo fifo_;
  Watchdog watchdog_;
  std::unique_ptr<clientapi::Server> api_;

  std::deque<cluster::Event> events_;
  bool busy_ = false;
  bool silent_ = false;  // this node has to be dead for the others
  bool reloading_ = false;
  bool leaving_ = false;
  bool comm_up_ = false;
  std::uint64_t ticks_ = 0, ticks_fed_ = 0, sent_fed_ = 0;
  std::chrono::steady_clock::time_point load_read_{};
  std::chrono::steady_clock::time_point guardian_started_{};
  pid_t child_guardian_ = 0;  // one that we started
  EngineHolds told_;          // what the guardian knows
  int exit_code_ = 0;
};

}  // namespace um::heartbeat
