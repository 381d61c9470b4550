// guardian.hpp - the process that outlives the engine (decision H28).
//
// It owns the pid file, forwards signals, and knows from the link what is held. When the engine
// dies without leaving, it starts a new one at once with the held groups; when that does not
// succeed by deadtime/2 it stops the held groups itself, and resets the machine only if an address
// cannot be removed and a watchdog is configured. It does nothing else, so there is little that can
// kill it; when it dies all the same, the engine starts a new guardian (adopt()).
#pragma once
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/log.hpp"
#include "base/process.hpp"
#include "heartbeat/guard_link.hpp"
#include "heartbeat/paths.hpp"
#include "heartbeat/pid_file.hpp"
#include "heartbeat/role.hpp"

namespace um::heartbeat {

class Guardian {
 public:
  struct Setup {
    Paths paths;
    std::string program;      // what engines are started from
    RoleOrder engine;         // options for each engine
    EngineSettings settings;  // until the engine tells
    Environment environment;  // of resource scripts, for the last resort
  };

  /// `started` is told the result of the first start, once: heartbeat's exit status.
  Guardian(Setup setup, PidFile pid_file, Log& log, std::function<void(int)> started);

  /// Starts an engine and guards it. Returns heartbeat's exit status.
  int run();
  /// Guards an engine that runs already.
  int adopt(pid_t engine, int link);

 private:
  using Clock = std::chrono::steady_clock;

  void launch(const std::string& held);
  void guard(pid_t engine, int link);
  void read_link();
  void take(const GuardMessage& message);
  void on_ready();
  void watch_death();
  void on_death();
  std::string reap();
  void recover(const std::string& how);
  void recovery_is_over(boost::system::error_code error);
  void give_up();
  void watch_signals();
  void forward(int number);
  void first_result(int code);
  void finish(int code);

  Setup setup_;
  PidFile pid_file_;
  Log& log_;
  std::function<void(int)> started_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer timer_;
  boost::asio::posix::stream_descriptor link_;
  boost::asio::posix::stream_descriptor death_;  // pidfd of the engine

  pid_t engine_ = 0;
  bool ready_ = false;
  std::deque<int> pending_signals_;  // for an engine that is not ready
  std::optional<int> failed_code_;
  bool leaving_ = false;
  std::optional<std::chrono::milliseconds> restart_after_;
  EngineHolds holds_{"none", {}};
  std::optional<Clock::time_point> recovery_until_;
  std::deque<Clock::time_point> deaths_;
  int exit_code_ = 1;
};

}  // namespace um::heartbeat
