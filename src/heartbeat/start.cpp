#include "heartbeat/start.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/machine.hpp"
#include "heartbeat/daemon.hpp"
#include "heartbeat/environment.hpp"
#include "heartbeat/guardian.hpp"
#include "heartbeat/log_setup.hpp"
#include "heartbeat/pid_file.hpp"
#include "heartbeat/realtime.hpp"
#include "parsers/ha_start.hpp"
#include "parsers/ha_text.hpp"

namespace um::heartbeat {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kNotStarted = "Configuration error, heartbeat not started.";
constexpr int kStartFailed = 1;
constexpr int kNotPermitted = 4;
constexpr int kBadConfiguration = 6;

void print(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

int debug_level(const parsers::Verdict& verdict, int from_options) {
  return std::max(verdict.config.log.debug, from_options);
}

/// The files' verdict, logged where the files say, and on stderr for who types the command.
parsers::Verdict check_files(const Options& options, const Paths& paths, bool running, bool quiet,
                             Log& log) {
  parsers::StartOptions start;
  start.directory = paths.etc;
  start.manage_resources = options.manage_resources;
  start.reload = options.verb == Verb::kReload;
  parsers::Verdict verdict = parsers::validate(*real_machine(), start);
  log.configure(log_settings(verdict.config, debug_level(verdict, options.debug), !quiet));
  const bool closing_line_is_other = running && options.verb == Verb::kReload;
  for (const parsers::StartLine& line : verdict.lines) {
    if (line.raw) {
      print(stderr, line.text);
    } else if (!closing_line_is_other || line.text != kNotStarted) {
      log.write(line.level, line.text);
    }
  }
  return verdict;
}

// ---- verbs that start nothing -------------------------------------------------------------------

std::string own_node(const Machine& machine, const Paths& paths) {
  const FileContent nodeinfo = machine.read_file(paths.nodeinfo());
  const std::size_t end = nodeinfo.text.find('\n');
  const bool usable = nodeinfo.error == 0 && end != std::string::npos && end > 0 && end < 255;
  return parsers::lower_case(usable ? nodeinfo.text.substr(0, end) : machine.node_name());
}

int status(const Paths& paths) {
  const RunningDaemon daemon = look_up(paths.pid_file);
  if (daemon.state != RunState::kRunning) {
    print(stdout, "heartbeat is stopped. No process\n");
    return daemon.state == RunState::kStale ? 1 : 3;
  }
  const auto machine = real_machine();
  print(stdout, fmt::format("heartbeat OK [pid {} et al] is running on {} [{}]...\n", daemon.pid,
                            parsers::lower_case(machine->node_name()), own_node(*machine, paths)));
  return 0;
}

/// Waits without limit, as always (decision H8): the daemon's own 60 minutes bound it.
int stop(const Paths& paths) {
  const RunningDaemon daemon = look_up(paths.pid_file);
  if (daemon.state != RunState::kRunning) {
    print(stderr, "INFO: Heartbeat already stopped.\n");
    return 0;
  }
  if (::kill(daemon.pid, SIGTERM) != 0) {
    const int error = errno;
    if (error == ESRCH) return 0;
    print(stderr,
          fmt::format("ERROR: Could not kill pid {} : {}\n", daemon.pid, std::strerror(error)));
    return error == EPERM ? kNotPermitted : 1;
  }
  while (is_heartbeat(daemon.pid)) std::this_thread::sleep_for(100ms);
  return 0;
}

int reload(const parsers::Verdict& verdict, pid_t pid, Log& log) {
  if (!verdict.ok()) {
    log.info("Config errors: Heartbeat pid {} NOT restarted", pid);
    return verdict.exit_code == kNotPermitted ? kNotPermitted : 1;
  }
  log.info("Signalling heartbeat pid {} to reread config files", pid);
  if (::kill(pid, SIGHUP) == 0) return 0;
  log.error("Cannot signal heartbeat pid {}: {}", pid, std::strerror(errno));
  return errno == EPERM ? kNotPermitted : 1;
}

/// Option -R was for a daemon that executed itself; ours never does, so it only answers.
int restarted(const Options& options, const Paths& paths, const RunningDaemon& daemon, Log& log) {
  const parsers::Verdict verdict = check_files(options, paths, false, true, log);
  if (!verdict.ok()) {
    log.info("Config errors: Heartbeat NOT restarted");
    return verdict.exit_code == kNotPermitted ? kNotPermitted : 1;
  }
  if (daemon.state != RunState::kRunning) {
    print(stderr, "ERROR: heartbeat is not running.\n");
    return kBadConfiguration;
  }
  print(stderr, fmt::format("ERROR: Heartbeat already running [pid {}].\n", daemon.pid));
  return 1;
}

// ---- starting -----------------------------------------------------------------------------------

Guardian::Setup guardian_setup(const parsers::Verdict& verdict, const RoleOrder& order,
                               const Paths& paths, int debug) {
  Guardian::Setup setup;
  setup.paths = paths;
  setup.program = own_program();
  setup.engine = order;
  setup.settings = {verdict.config.keepalive, verdict.config.deadtime,
                    !verdict.config.watchdog.empty()};
  setup.environment = script_environment(
      child_environment(verdict.config, verdict.own_node, paths, current_environment(), debug),
      verdict.config);
  return setup;
}

/// In the process that stays: takes the pid file, starts the engine, guards it.
int guard(const parsers::Verdict& verdict, const RoleOrder& order, const Paths& paths, Log& log,
          std::function<void(int)> started) {
  int error = 0;
  std::optional<PidFile> pid_file = PidFile::claim(paths.pid_file, error);
  if (!pid_file && error == EWOULDBLOCK) {
    log.info("heartbeat: already running [pid {}].", look_up(paths.pid_file).pid);
    started(0);
    return 0;
  }
  if (!pid_file) {
    log.error("heartbeat: could not create pidfile [{}]", paths.pid_file.string());
    started(kStartFailed);
    return kStartFailed;
  }
  Guardian guardian(guardian_setup(verdict, order, paths, log.settings().debug_level),
                    std::move(*pid_file), log, std::move(started));
  return guardian.run();
}

void go_quiet(Log& log) {
  LogSettings settings = log.settings();
  settings.to_stderr = false;
  log.configure(std::move(settings));
  detach_standard_streams();
}

/// The starter waits for the word of its child, which goes on as the guardian.
int start_in_background(const parsers::Verdict& verdict, const RoleOrder& order, const Paths& paths,
                        Log& log) {
  std::array<int, 2> result{};
  if (::pipe2(result.data(), O_CLOEXEC) != 0) return kStartFailed;
  const pid_t child = ::fork();
  if (child < 0) {
    log.error("Cannot fork: {}", std::strerror(errno));
    return kStartFailed;
  }
  if (child > 0) {
    ::close(result[1]);
    int code = kStartFailed;
    while (::read(result[0], &code, sizeof code) < 0 && errno == EINTR) {
    }
    return code;
  }
  ::close(result[0]);
  ::setsid();
  return guard(verdict, order, paths, log, [&log, fd = result[1]](int code) {
    go_quiet(log);
    [[maybe_unused]] const ssize_t n = ::write(fd, &code, sizeof code);
    ::close(fd);
  });
}

int start(const Options& options, const parsers::Verdict& verdict, const Paths& paths, Log& log) {
  if (options.debug > 0) log.debug("HA configuration OK.  Heartbeat starting.");
  if (log.settings().debug_level > 0)
    log.info("Heartbeat Hg Version: node: ultramonkey-{}", UM_VERSION);
  RoleOrder order;
  order.debug = options.debug;
  order.manage_resources = options.manage_resources;
  order.realtime = options.realtime;
  if (!options.foreground) return start_in_background(verdict, order, paths, log);
  return guard(verdict, order, paths, log, [&log](int) { go_quiet(log); });
}

}  // namespace

int run_command(const Options& options, const Paths& paths) {
  print(stderr, options.complaints);
  switch (options.verb) {
    case Verb::kVersion: print(stdout, long_version() + "\n"); return 0;
    case Verb::kUsage: print(stderr, kUsage); return 2;
    case Verb::kDefaults: print(stdout, parsers::default_listing(options.wiki)); return 0;
    case Verb::kStop: return stop(paths);
    case Verb::kStatus: return status(paths);
    default: break;
  }
  Log log(log_before_configuration(options.debug));
  const RunningDaemon daemon = look_up(paths.pid_file);
  const bool running = daemon.state == RunState::kRunning;
  if (options.verb == Verb::kRestarted) return restarted(options, paths, daemon, log);
  const parsers::Verdict verdict = check_files(options, paths, running, false, log);
  if (running && options.verb == Verb::kReload) return reload(verdict, daemon.pid, log);
  if (!verdict.ok()) return verdict.exit_code;
  if (options.verbose) print(stdout, parsers::listing(verdict.config, verdict.own_node));
  if (running) {
    log.info("heartbeat: already running [pid {}].", daemon.pid);
    return 0;
  }
  return start(options, verdict, paths, log);
}

// ---- the processes that stay --------------------------------------------------------------------

namespace {

/// The files once more, for a process that begins with nothing but its order.
parsers::Verdict reread(const RoleOrder& order, const Paths& paths) {
  parsers::StartOptions start;
  start.directory = paths.etc;
  start.manage_resources = order.manage_resources;
  start.reload = true;
  return parsers::validate(*real_machine(), start);
}

}  // namespace

int run_new_guardian(const RoleOrder& order, const Paths& paths) {
  const parsers::Verdict verdict = reread(order, paths);
  const int debug = debug_level(verdict, order.debug);
  Log log(log_settings(verdict.config, debug, false));
  detach_standard_streams();
  std::optional<PidFile> pid_file;
  int error = 0;
  for (int tries = 0; tries < 20 && !pid_file; ++tries) {
    pid_file = PidFile::claim(paths.pid_file, error);
    // The lock of the one before goes with its last descriptor, a moment after its link.
    if (!pid_file) std::this_thread::sleep_for(50ms);
  }
  if (!pid_file) log.error("heartbeat: could not create pidfile [{}]", paths.pid_file.string());
  Guardian guardian(guardian_setup(verdict, order, paths, debug),
                    pid_file ? std::move(*pid_file) : PidFile(), log, nullptr);
  return guardian.adopt(order.engine, kLinkFd);
}

int run_engine(const RoleOrder& order, const Paths& paths) {
  parsers::Verdict verdict = reread(order, paths);
  Log log(log_settings(verdict.config, debug_level(verdict, order.debug), !order.quiet));
  limit_thread_stacks();
  log.run_in_background();
  if (!verdict.ok()) {  // edited between the check and now, or a restart over a broken file
    for (const parsers::StartLine& line : verdict.lines) log.write(line.level, line.text);
    send_on_link(kLinkFd, EngineFailed{verdict.exit_code});
    return verdict.exit_code;
  }
  Daemon daemon({paths, order, std::move(verdict), own_program()}, log);
  return daemon.run();
}

}  // namespace um::heartbeat
