// The start of the engine process: state, media, FIFO, scripts, in the order of the legacy log.
#include <cstring>
#include <thread>

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "heartbeat/daemon.hpp"
#include "heartbeat/environment.hpp"
#include "heartbeat/log_setup.hpp"
#include "heartbeat/realtime.hpp"
#include "heartbeat/runtime_dirs.hpp"
#include "heartbeat/state_files.hpp"

namespace um::heartbeat {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// A port may still be held by a daemon that is ending (spec ha-cf 6: ten tries, a second apart).
constexpr int kBindTries = 10;

std::uint64_t random_seed() {
  std::uint64_t seed = 1;
  if (::getrandom(&seed, sizeof seed, 0) != sizeof seed)
    seed = static_cast<std::uint64_t>(::getpid());
  return seed;
}

}  // namespace

Daemon::Daemon(Setup setup, Log& log)
    : paths_(std::move(setup.paths)),
      order_(std::move(setup.order)),
      program_(std::move(setup.program)),
      log_(log),
      verdict_(std::move(setup.verdict)),
      debug_(log.settings().debug_level),
      signals_(loop_, SIGTERM, SIGHUP, SIGUSR1),
      timer_(loop_),
      watchdog_timer_(loop_),
      guardian_(loop_, kLinkFd),
      transport_(
          loop_.get_executor(),
          [this](std::size_t medium, wire::Message message) {
            if (!silent_) handle(cluster::PacketReceived{medium, std::move(message)});
          },
          log),
      clients_(loop_.get_executor(), paths_.root_cores(),
               {[this] { handle(cluster::ClientStarting{}); },
                [this](pid_t pid) { api_->process_ended(pid); },
                [this] { go_silent("a failfast client"); },
                [this] {
                  return child_environment(verdict_.config, verdict_.own_node, paths_,
                                           current_environment(), debug_);
                }},
               log),
      fifo_(loop_.get_executor(), {[this](std::string_view frame) {
                                     wire::Decoded decoded = wire::decode_plain(frame);
                                     if (decoded.ok())
                                       handle(cluster::LocalMessage{std::move(decoded.message)});
                                   },
                                   [this](std::string_view line) {
                                     log_.error("NV failure (msgfromsteam): [{}]", line);
                                   }}),
      watchdog_(log) {
  signals_.add(SIGUSR2);
  signals_.add(SIGALRM);
  for (int ignored : {SIGINT, SIGPIPE}) ::signal(ignored, SIG_IGN);
}

Daemon::~Daemon() {
  helpers_.stop();
  helpers_.join();
}

int Daemon::run() {
  log_.info("heartbeat: version {}", kLegacyVersion);
  const bool fresh = order_.held.empty();
  make_runtime_directories(paths_, fresh, log_);
  enter_working_directory(paths_, verdict_.config.coreroot, verdict_.config.coredumps, log_);
  give_log_files_to("hacluster", log_.settings(), log_);
  if (!open_state() || !open_fifo() || !open_media()) {
    fail(1);
    return exit_code_;
  }
  open_runner();
  watch_signals();
  watch_guardian();
  if (!verdict_.config.watchdog.empty())
    watchdog_.open(verdict_.config.watchdog, verdict_.config.deadtime);
  if (verdict_.config.realtime && order_.realtime) {
    become_realtime(verdict_.config.rtprio, log_);
    lock_memory(static_cast<std::size_t>(verdict_.config.memreserve_kib) * 1024, log_);
  }
  report_ready();
  handle(cluster::Started{});
  feed_watchdog();
  loop_.run();
  return exit_code_;
}

void Daemon::fail(int code) {
  exit_code_ = code;
  log_.error("heartbeat not started.");
  tell_guardian(EngineFailed{code});
  log_.flush();
}

bool Daemon::open_state() {
  const auto say = [this](const std::vector<StateLine>& lines) {
    for (const StateLine& line : lines) log_.write(line.level, line.text);
  };
  const Now now = read_clock();
  std::optional<std::uint64_t> generation = static_cast<std::uint64_t>(now.unix_seconds);
  if (verdict_.config.hbgenmethod == parsers::GenerationMethod::kFile) {
    const auto next = next_generation(paths_.generation(), now.unix_seconds);
    say(next.lines);
    generation = next.value;
  } else {
    log_.info("Heartbeat generation: {}", *generation);
  }
  std::optional<Uuid> uuid = uuid_of_name(verdict_.own_node);
  if (verdict_.config.uuidfrom == parsers::UuidFrom::kFile) {
    const auto stored = own_uuid(paths_.uuid());
    say(stored.lines);
    uuid = stored.value;
  }
  if (!generation || !uuid) return false;
  who_.uuid = *uuid;
  who_.generation = *generation;
  who_.seed = random_seed();
  who_.pid = ::getpid();
  who_.debug = debug_;
  who_.manage_resources = order_.manage_resources;
  who_.held = order_.held;
  return true;
}

bool Daemon::open_fifo() {
  bool created = false;
  const bool opened = fifo_.open(paths_.fifo(), created);
  if (created) log_.info("Creating FIFO {}.", paths_.fifo().string());
  if (!opened) log_.error("Cannot open FIFO {}: {}", paths_.fifo().string(), std::strerror(errno));
  return opened;
}

bool Daemon::open_media() {
  transport_.set_keys(keyring(verdict_.keys));
  configure_parts();
  for (int tries = 1;; ++tries) {
    const auto troubles = transport_.set_media(verdict_.config.media);
    if (troubles.empty()) return true;
    const bool again = tries < kBindTries;
    for (const Transport::Trouble& trouble : troubles) {
      log_.error("{}.{}", trouble.reason, again ? " Retrying." : "");
      if (!again) log_.error("make_io_childpair: cannot open {}", trouble.medium);
    }
    if (!again) return false;
    std::this_thread::sleep_for(1s);
  }
}

void Daemon::open_runner() {
  engine_ = std::make_unique<cluster::Engine>(
      cluster_config(verdict_, who_, rc_scripts(paths_.rc_scripts(), paths_.shipped_rc_scripts)));
  runner_ = std::make_unique<ScriptRunner>(
      loop_.get_executor(), helpers_, paths_, verdict_.own_node,
      ScriptRunner::Hooks{[this](std::uint64_t job, int status) {
                            handle(cluster::JobFinished{job, status});
                          },
                          [this] { tell_holdings(); },
                          [this](const std::string& resource) { go_silent(resource); }},
      log_);
  runner_->configure({verdict_.config, environment()});
  std::vector<std::vector<std::string>> held;
  for (const cluster::ResourceGroup& group : engine_->config().groups) {
    const bool own = group.node == verdict_.own_node;
    if (who_.held == "all" || who_.held == (own ? "local" : "foreign"))
      held.push_back(group.resources);
  }
  runner_->assume_held(std::move(held));
  clientapi::ServerSettings settings;
  settings.socket = paths_.register_socket();
  settings.rules = clientapi::AccessRules(verdict_.config.apiauth);
  settings.form = wire::Form::kString;
  api_ = std::make_unique<clientapi::Server>(
      loop_.get_executor(), settings, *this,
      [this](LogLevel level, const std::string& text) { log_.write(level, text); });
  configure_parts();
}

void Daemon::report_ready() {
  tell_guardian(EngineSettings{verdict_.config.keepalive, verdict_.config.deadtime,
                               !verdict_.config.watchdog.empty()});
  tell_holdings();
  // From now on nobody reads our standard error.
  if (!order_.quiet) {
    LogSettings settings = log_.settings();
    settings.to_stderr = false;
    log_.configure(std::move(settings));
    order_.quiet = true;
  }
  detach_standard_streams();
  tell_guardian(EngineReady{});
}

}  // namespace um::heartbeat
