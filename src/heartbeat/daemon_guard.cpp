// The engine process and its guardian: signals come from there, holdings go there.
#include <array>
#include <csignal>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "heartbeat/daemon.hpp"

namespace um::heartbeat {

namespace asio = boost::asio;
using namespace std::chrono_literals;

void Daemon::watch_signals() {
  signals_.async_wait([this](boost::system::error_code error, int number) {
    if (error) return;
    on_signal(number);
    if (!leaving_) watch_signals();
  });
}

void Daemon::on_signal(int number) {
  switch (number) {
    case SIGTERM: handle(cluster::ShutdownRequested{}); break;
    case SIGHUP: reload(); break;
    case SIGUSR1: change_debug_level(1); break;
    case SIGUSR2: change_debug_level(-1); break;
    case SIGALRM: log_.error("Unexpected alarm in process {}", ::getpid()); break;
    default: break;
  }
}

void Daemon::change_debug_level(int by) {
  const int before = debug_;
  debug_ = std::max(0, debug_ + by);
  log_.set_debug_level(std::max(debug_, before));
  log_.debug("debug now set to {} [pid {}]", debug_, ::getpid());
  if (before == 0 && debug_ == 1)
    log_.info("Heartbeat Hg Version: node: ultramonkey-{}", UM_VERSION);
  log_.set_debug_level(debug_);
  runner_->configure({verdict_.config, environment()});
}

void Daemon::tell_guardian(const GuardMessage& message) {
  if (guardian_.is_open()) send_on_link(guardian_.native_handle(), message);
}

void Daemon::tell_holdings() {
  if (!engine_ || !runner_) return;
  EngineHolds holds{std::string(to_string(engine_->ownership().mine())), {}};
  for (const auto& [key, words] : runner_->held()) holds.groups.push_back(words);
  if (holds == told_) return;
  told_ = holds;
  tell_guardian(holds);
}

/// The guardian never writes: what can be read is its end.
void Daemon::watch_guardian() {
  guardian_.async_wait(asio::posix::descriptor_base::wait_read,
                       [this](boost::system::error_code error) {
                         if (error || leaving_) return;
                         guardian_.close();
                         replace_guardian();
                       });
}

void Daemon::replace_guardian() {
  if (child_guardian_ > 0) ::waitpid(child_guardian_, nullptr, WNOHANG);
  const auto now = std::chrono::steady_clock::now();
  const auto wait = guardian_started_ + verdict_.config.keepalive - now;
  if (wait > 0s) {  // one that cannot live is not started in a circle
    auto timer = std::make_shared<asio::steady_timer>(loop_, wait);
    timer->async_wait([this, timer](boost::system::error_code) {
      if (!leaving_) replace_guardian();
    });
    return;
  }
  guardian_started_ = now;
  RoleOrder order = order_;
  order.role = Role::kGuardian;
  order.engine = ::getpid();
  order.held.clear();
  const std::optional<LinkEnds> ends = make_link();
  child_guardian_ = ends ? start_role(program_, order, ends->guardian) : 0;
  if (ends) ::close(ends->guardian);
  if (child_guardian_ == 0) {
    log_.crit("The guardian process died and cannot be started again.");
    if (ends) ::close(ends->engine);
    return replace_guardian();
  }
  log_.crit("The guardian process died: started a new one [pid {}].", child_guardian_);
  guardian_ = asio::posix::stream_descriptor(loop_, ends->engine);
  told_ = {};
  tell_guardian(EngineSettings{verdict_.config.keepalive, verdict_.config.deadtime,
                               !verdict_.config.watchdog.empty()});
  tell_holdings();
  watch_guardian();
}

}  // namespace um::heartbeat
