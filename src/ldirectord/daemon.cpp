#include "ldirectord/daemon.hpp"

#include <fstream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ipvs/kernel.hpp"
#include "ldirectord/log_lines.hpp"
#include "ldirectord/scheduler.hpp"
#include "ldirectord/status_socket.hpp"
#include "ldirectord/sysctl.hpp"
#include "ldirectord/world.hpp"

namespace um::ldirectord {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds kStartWait{1};  // for first verdicts, decision L21
constexpr std::chrono::seconds kFarewell{5};   // commands and mails of the stop
constexpr std::chrono::milliseconds kMaxHoldOff{200};
constexpr rlim_t kDescriptors = 65536;
constexpr std::size_t kReserved = 128;  // descriptors for everything but checks

TimePoint now() {
  return read_clock().monotonic;
}

// As many descriptors as the machine allows; returns how many checks may run at once.
std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  const rlim_t most = std::min(limit.rlim_max, kDescriptors);
  if (limit.rlim_cur < most) {
    limit.rlim_cur = most;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  const std::size_t files = limit.rlim_cur;
  return files > 2 * kReserved ? files - kReserved : kReserved;
}

std::string signal_name(int number) {
  switch (number) {
    case SIGTERM: return "TERM";
    case SIGINT: return "INT";
    case SIGQUIT: return "QUIT";
    case SIGUSR1: return "USR1";
    case SIGUSR2: return "USR2";
    case SIGALRM: return "ALRM";
    case SIGXCPU: return "XCPU";
    case SIGXFSZ: return "XFSZ";
    default: return fmt::format("{}", number);
  }
}

class Daemon {
 public:
  Daemon(const DaemonSettings& settings, Log& log, InstanceLock& lock, ipvs::Kernel& kernel)
      : settings_(settings),
        log_(log),
        lock_(lock),
        admin_(admin_file(settings.identity)),
        world_(loop_.get_executor(), log, admin_),
        director_(kernel, world_),
        scheduler_(loop_.get_executor(), director_, raise_descriptor_limit(),
                   {[this] { settle_soon(); }, [this](const Errand& e) { say_timeout(e); }}),
        sub_directors_(settings.program, log),
        signals_(loop_),
        settle_timer_(loop_),
        inspect_timer_(loop_),
        wakeup_timer_(loop_),
        start_timer_(loop_),
        status_(loop_.get_executor(), socket_path(settings.identity), director_, admin_,
                {[this] { return vitals(); }, [this] { settle_soon(); }}) {}

  int run(Loaded loaded, const Ready& ready);

 private:
  void watch_signals();
  void settle_soon();
  void settle_now();
  void sleep_until_wakeup();
  void inspect_later();
  void inspect();
  void wait_for_first_results(const Ready& ready, TimePoint until);
  void look_at_config();
  void reload();
  void take_over(Loaded loaded);
  void refuse(const Loaded& loaded);
  void note_refusal(std::string why);
  void run_callback();
  void stop(int signal);
  asio::awaitable<void> farewell(int signal);
  void say_timeout(const Errand& errand);
  void check_persistence();
  Vitals vitals() const;

  DaemonSettings settings_;
  Log& log_;
  InstanceLock& lock_;
  asio::io_context loop_{1};
  AdminState admin_;
  World world_;
  Director director_;
  Scheduler scheduler_;
  SubDirectors sub_directors_;
  asio::signal_set signals_;
  asio::steady_timer settle_timer_, inspect_timer_, wakeup_timer_, start_timer_;
  Vitals vitals_;
  StatusSocket status_;
  asio::thread_pool parser_{1};
  ConfigWatch watch_;
  bool reloading_ = false, reload_again_ = false;
  bool settle_pending_ = false;
  bool stopping_ = false;
  Duration last_settle_{0};
};

int Daemon::run(Loaded loaded, const Ready& ready) {
  watch_.parsed(loaded.stamp, loaded.digest);
  vitals_.started = vitals_.config_read = now();
  world_.follow(loaded.roster);
  if (auto started = director_.start(std::move(loaded.roster), now()); !started) {
    ready(started.error().message);
    return 1;
  }
  check_persistence();
  watch_signals();
  status_.open(log_);
  scheduler_.follow_jobs();
  settle_soon();
  inspect_later();
  wait_for_first_results(ready, now() + kStartWait);
  asio::co_spawn(loop_, sub_directors_.start(director_.roster().globals.execute), asio::detached);
  loop_.run();
  parser_.join();
  return 0;
}

// The crash signals are left alone: nothing orderly can be done after them.
void Daemon::watch_signals() {
  for (int number : {SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU, SIGXFSZ, SIGHUP})
    signals_.add(number);
  auto wait = [this](auto& self) -> void {
    signals_.async_wait([this, self](const boost::system::error_code& error, int number) mutable {
      if (error) return;
      if (number == SIGHUP) {
        log_.write(LogLevel::kInfo, "Reloading Linux Director Daemon config on signal");
        reload();
      } else {
        stop(number);
      }
      self(self);
    });
  };
  wait(wait);
}

// Results that arrive together are settled together. After a settle that took long the next one
// waits a little, so that a storm of results on a large table leaves time for the checks.
void Daemon::settle_soon() {
  if (!director_.unsettled() || std::exchange(settle_pending_, true)) return;
  settle_timer_.expires_after(std::min<Duration>(4 * last_settle_, kMaxHoldOff));
  settle_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) settle_now();
  });
}

void Daemon::settle_now() {
  settle_pending_ = false;
  if (stopping_) return;
  const TimePoint before = now();
  const bool work = director_.unsettled();
  director_.settle(before);
  last_settle_ = work ? now() - before : Duration{0};
  sleep_until_wakeup();
}

void Daemon::sleep_until_wakeup() {
  const auto next = director_.next_wakeup();
  if (!next) return;
  wakeup_timer_.expires_at(*next);
  wakeup_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) settle_now();
  });
}

void Daemon::inspect_later() {
  const auto interval = director_.roster().globals.settings.check_interval;
  inspect_timer_.expires_after(std::chrono::seconds(interval ? interval->value : 10));
  inspect_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) inspect();
  });
}

void Daemon::inspect() {
  if (stopping_) return;
  director_.inspect(now());
  world_.alerts().tick(director_.phase());
  look_at_config();
  inspect_later();
}

void Daemon::wait_for_first_results(const Ready& ready, TimePoint until) {
  if (director_.first_results_in() || now() >= until) {
    director_.settle(now());
    ready({});
    return;
  }
  start_timer_.expires_after(std::chrono::milliseconds(10));
  start_timer_.async_wait([this, &ready, until](const boost::system::error_code& error) {
    if (!error) wait_for_first_results(ready, until);
  });
}

void Daemon::look_at_config() {
  if (reloading_) return;
  switch (watch_.look(stamp_of(settings_.config), [&] { return digest_of(settings_.config); })) {
    case ConfigWatch::Seen::kNothing: return;
    case ConfigWatch::Seen::kMissing:
      log_.write(LogLevel::kWarn, fmt::format("Warning [{}]: can not open file {} for checking",
                                              getpid(), settings_.config));
      return;
    case ConfigWatch::Seen::kChanged: break;
  }
  log_.write(LogLevel::kInfo,
             fmt::format("Configuration file '{}' has changed on disk", settings_.config));
  if (director_.roster().globals.autoreload) {
    log_.write(LogLevel::kInfo, " - reread new configuration");
    reload();
  } else {
    log_.write(LogLevel::kInfo, " - ignore new configuration");
  }
  run_callback();
}

void Daemon::run_callback() {
  const auto& callback = director_.roster().globals.callback;
  if (!callback || callback->empty() || access(callback->c_str(), X_OK) != 0) return;
  world_.commands().add("callback", {*callback, settings_.config},
                        *callback + " " + settings_.config);
}

// Names may take seconds to resolve: parsed beside the loop, applied on it.
void Daemon::reload() {
  if (stopping_) return;
  if (std::exchange(reloading_, true)) {
    reload_again_ = true;
    return;
  }
  asio::post(parser_, [this] {
    auto loaded = std::make_shared<Loaded>(load(settings_.config, false));
    asio::post(loop_, [this, loaded] {
      reloading_ = false;
      if (stopping_) return;
      watch_.parsed(loaded->stamp, loaded->digest);
      if (loaded->ok)
        take_over(std::move(*loaded));
      else
        refuse(*loaded);
      if (std::exchange(reload_again_, false)) reload();
    });
  });
}

void Daemon::take_over(Loaded loaded) {
  for (std::string_view warning = loaded.legacy; !warning.empty();) {
    const std::size_t end = warning.find('\n');
    log_.write(LogLevel::kWarn, warning.substr(0, end));
    warning.remove_prefix(end == std::string_view::npos ? warning.size() : end + 1);
  }
  for (const std::string& note : loaded.notes) log_.write(LogLevel::kWarn, note);
  const parsers::Globals globals = loaded.roster.globals;
  log_.configure(log_settings(globals, settings_.instance, settings_.debug));
  world_.follow(loaded.roster);
  if (auto done = director_.reload(std::move(loaded.roster), now()); !done) {
    note_refusal(fmt::format("cannot read the IPVS table: {}", done.error().message));
    log_.write(LogLevel::kError,
               fmt::format("ERROR: {}; the old configuration stays", vitals_.config_error));
  } else {
    ++vitals_.reloads;
    vitals_.config_read = now();
    vitals_.config_error.clear();
  }
  check_persistence();
  scheduler_.follow_jobs();
  settle_soon();
  asio::co_spawn(loop_, sub_directors_.change(globals.execute), asio::detached);
}

void Daemon::refuse(const Loaded& loaded) {
  std::string legacy = loaded.legacy;
  if (legacy.ends_with('\n')) legacy.pop_back();
  std::string explanation = loaded.explanation.substr(0, loaded.explanation.find('\n'));
  if (!explanation.empty()) log_.write(LogLevel::kError, explanation);
  log_.write(LogLevel::kError, legacy);
  log_.write(LogLevel::kWarn, "The configuration read before stays in force");
  note_refusal(explanation.empty() ? legacy : explanation);
}

void Daemon::note_refusal(std::string why) {
  ++vitals_.reloads_refused;
  vitals_.config_refused = now();
  vitals_.config_error = std::move(why);
}

Vitals Daemon::vitals() const {
  Vitals vitals = vitals_;
  vitals.checks_running = scheduler_.running();
  vitals.check_overdue = scheduler_.overdue(now());
  return vitals;
}

// The first signal stops; later ones change nothing (decision L31).
void Daemon::stop(int signal) {
  if (std::exchange(stopping_, true)) return;
  lock_.sign(true);
  scheduler_.stop();
  inspect_timer_.cancel();
  settle_timer_.cancel();
  wakeup_timer_.cancel();
  start_timer_.cancel();
  asio::co_spawn(loop_, farewell(signal), asio::detached);
}

asio::awaitable<void> Daemon::farewell(int signal) {
  co_await sub_directors_.stop();
  director_.stop();
  world_.alerts().send_rest();
  const TimePoint until = now() + kFarewell;
  asio::steady_timer pause(loop_);
  while ((!world_.commands().idle() || !world_.alerts().idle()) && now() < until) {
    pause.expires_after(std::chrono::milliseconds(20));
    co_await pause.async_wait(asio::use_awaitable);
  }
  log_.write(LogLevel::kInfo,
             fmt::format("Linux Director Daemon terminated on signal: {}", signal_name(signal)));
  status_.close();
  loop_.stop();
}

void Daemon::say_timeout(const Errand& errand) {
  const checks::Probe& probe = *errand.probe;
  if (!probe.check_type.starts_with("external")) return;
  log_.write(LogLevel::kInfo,
             fmt::format("system_timeout({}, {} {} {} {} {}) timed out, kill -TERM child",
                         errand.limit.count() / 1000, probe.command, probe.command_arguments[0],
                         probe.command_arguments[1], probe.command_arguments[2],
                         probe.command_arguments[3]));
}

// A persistence template outlives a server at weight 0 unless the kernel is told otherwise
// (decision L17).
void Daemon::check_persistence() {
  const Roster& roster = director_.roster();
  if (roster.globals.expire_quiescent) {
    if (!write_sysctl(kExpireQuiescentTemplate, "1"))
      log_.write(LogLevel::kWarn, "WARNING: cannot set net.ipv4.vs.expire_quiescent_template");
    return;
  }
  for (const RosterVirtual& v : roster.virtuals) {
    if (v.settings.persistence == 0 || !v.rules.quiescent ||
        v.rules.failed == parsers::Failed::kRemove)
      continue;
    if (read_sysctl(kExpireQuiescentTemplate) == "0")
      log_.write(LogLevel::kWarn,
                 fmt::format("WARNING: virtual server {} is persistent and quiescent: its clients "
                             "stay with a dead server until their template ends; set "
                             "expire_quiescent=yes or failed=remove",
                             v.name));
    return;
  }
}

}  // namespace

int run_daemon(const DaemonSettings& settings, Loaded loaded, Log& log, InstanceLock& lock,
               const Ready& ready) {
  auto kernel = ipvs::open_kernel();
  if (!kernel) {
    ready(kernel.error().message);
    return 1;
  }
  signal(SIGPIPE, SIG_IGN);
  log.run_in_background();
  Daemon daemon(settings, log, lock, **kernel);
  return daemon.run(std::move(loaded), ready);
}

}  // namespace um::ldirectord
