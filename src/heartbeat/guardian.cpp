#include "heartbeat/guardian.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "heartbeat/release.hpp"
#include "heartbeat/reset.hpp"

namespace um::heartbeat {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

// An engine that comes up and dies again this often is not going to stay.
constexpr std::size_t kDeaths = 5;
constexpr auto kDeathsWithin = 60s;

}  // namespace

Guardian::Guardian(Setup setup, PidFile pid_file, Log& log, std::function<void(int)> started)
    : setup_(std::move(setup)),
      pid_file_(std::move(pid_file)),
      log_(log),
      started_(std::move(started)),
      signals_(loop_, SIGTERM, SIGHUP, SIGUSR1),
      timer_(loop_),
      link_(loop_),
      death_(loop_) {
  signals_.add(SIGUSR2);
  signals_.add(SIGALRM);
  for (int ignored : {SIGINT, SIGPIPE}) ::signal(ignored, SIG_IGN);
}

int Guardian::run() {
  watch_signals();
  launch("");
  loop_.run();
  return exit_code_;
}

int Guardian::adopt(pid_t engine, int link) {
  watch_signals();
  guard(engine, link);
  ready_ = true;
  loop_.run();
  return exit_code_;
}

// ---- the engine ---------------------------------------------------------------------------------

void Guardian::launch(const std::string& held) {
  ready_ = false;
  failed_code_.reset();
  restart_after_.reset();
  RoleOrder order = setup_.engine;
  order.role = Role::kEngine;
  order.held = held;
  order.quiet = order.quiet || !started_;
  const std::optional<LinkEnds> ends = make_link();
  const pid_t pid = ends ? start_role(setup_.program, order, ends->engine) : 0;
  if (ends) ::close(ends->engine);
  if (pid == 0) {
    const std::string why = std::strerror(errno);
    if (ends) ::close(ends->guardian);
    log_.crit("Cannot start the engine: {}", why);
    asio::post(loop_, [this] { on_death(); });
    return;
  }
  guard(pid, ends->guardian);
}

void Guardian::guard(pid_t engine, int link) {
  engine_ = engine;
  link_ = asio::posix::stream_descriptor(loop_, link);
  death_ =
      asio::posix::stream_descriptor(loop_, static_cast<int>(::syscall(SYS_pidfd_open, engine, 0)));
  read_link();
  watch_death();
}

void Guardian::read_link() {
  link_.async_wait(asio::posix::descriptor_base::wait_read, [this](
                                                                boost::system::error_code error) {
    if (error) return;
    std::array<char, 65536> buffer;
    const ssize_t n = ::recv(link_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return;  // its death says the rest
    if (n > 0)
      if (const auto message = decode_guard_message({buffer.data(), static_cast<std::size_t>(n)}))
        take(*message);
    read_link();
  });
}

void Guardian::take(const GuardMessage& message) {
  if (std::holds_alternative<EngineReady>(message)) on_ready();
  if (const auto* failed = std::get_if<EngineFailed>(&message)) failed_code_ = failed->code;
  if (const auto* holds = std::get_if<EngineHolds>(&message)) holds_ = *holds;
  if (const auto* settings = std::get_if<EngineSettings>(&message)) setup_.settings = *settings;
  if (std::holds_alternative<EngineLeaves>(message)) leaving_ = true;
  if (const auto* restart = std::get_if<EngineRestarts>(&message)) restart_after_ = restart->delay;
}

void Guardian::on_ready() {
  ready_ = true;
  if (recovery_until_) log_.warn("Master Control process is back (pid {}).", engine_);
  recovery_until_.reset();
  timer_.cancel();
  first_result(0);
  while (!pending_signals_.empty()) {
    ::kill(engine_, pending_signals_.front());
    pending_signals_.pop_front();
  }
}

void Guardian::watch_death() {
  death_.async_wait(asio::posix::descriptor_base::wait_read,
                    [this](boost::system::error_code error) {
                      if (!error) on_death();
                    });
}

/// Reads what the engine said last, then learns how it ended. An adopted engine is not our child:
/// then only the link can tell.
std::string Guardian::reap() {
  std::array<char, 65536> buffer;
  for (ssize_t n = 0; link_.is_open() && (n = ::recv(link_.native_handle(), buffer.data(),
                                                     buffer.size(), MSG_DONTWAIT)) > 0;)
    if (const auto message = decode_guard_message({buffer.data(), static_cast<std::size_t>(n)}))
      take(*message);
  int status = 0;
  const bool child = engine_ > 0 && ::waitpid(engine_, &status, WNOHANG) == engine_;
  if (link_.is_open()) link_.close();
  if (death_.is_open()) death_.close();
  engine_ = 0;
  if (!child) return "unknown reason";
  if (WIFSIGNALED(status)) return fmt::format("killed by signal {}", WTERMSIG(status));
  return fmt::format("return code {}", WEXITSTATUS(status));
}

void Guardian::on_death() {
  const std::string how = reap();
  if (leaving_) return finish(0);
  if (started_) return finish(failed_code_.value_or(1));
  if (restart_after_) {
    timer_.expires_after(*restart_after_);
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) launch("");
    });
    return;
  }
  recover(how);
}

// ---- when it dies -------------------------------------------------------------------------------

void Guardian::recover(const std::string& how) {
  const Clock::time_point now = Clock::now();
  deaths_.push_back(now);
  while (now - deaths_.front() > kDeathsWithin) deaths_.pop_front();
  log_.crit("Master Control process died ({}). Resources held: {}.", how, holds_.type);
  if (!recovery_until_) {
    recovery_until_ = now + setup_.settings.deadtime / 2;
    timer_.expires_at(*recovery_until_);
    timer_.async_wait([this](boost::system::error_code error) { recovery_is_over(error); });
  }
  if (now >= *recovery_until_ || deaths_.size() > kDeaths) return give_up();
  launch(holds_.type);
}

void Guardian::recovery_is_over(boost::system::error_code error) {
  if (error || !recovery_until_) return;
  log_.crit("Master Control process is not back within {} ms.",
            (setup_.settings.deadtime / 2).count());
  if (engine_ > 0) ::kill(engine_, SIGKILL);
  give_up();
}

void Guardian::give_up() {
  timer_.cancel();
  if (death_.is_open()) death_.close();
  log_.crit("Giving up all HA resources, without the Master Control process.");
  auto work = [this]() -> asio::awaitable<void> {
    const bool clean = co_await release(holds_.groups, setup_.settings.deadtime / 4, setup_.paths,
                                        setup_.environment, log_);
    if (!clean) {
      log_.crit("An address could not be removed.");
      if (setup_.settings.watchdog) reset_machine(loop_.get_executor(), setup_.paths, log_);
    }
    finish(1);
  };
  asio::co_spawn(loop_, work, asio::detached);
}

// ---- the outside --------------------------------------------------------------------------------

void Guardian::watch_signals() {
  signals_.async_wait([this](boost::system::error_code error, int number) {
    if (error) return;
    forward(number);
    watch_signals();
  });
}

void Guardian::forward(int number) {
  if (ready_ && engine_ > 0)
    ::kill(engine_, number);
  else
    pending_signals_.push_back(number);
}

void Guardian::first_result(int code) {
  if (started_) std::exchange(started_, nullptr)(code);
}

void Guardian::finish(int code) {
  exit_code_ = code;
  first_result(code);
  pid_file_.remove();
  loop_.stop();
}

}  // namespace um::heartbeat
