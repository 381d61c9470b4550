#include "ldirectord/cli.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <unistd.h>

#include "ipvs/kernel.hpp"
#include "ldirectord/admin_order.hpp"
#include "ldirectord/arguments.hpp"
#include "ldirectord/config_file.hpp"
#include "ldirectord/daemon.hpp"
#include "ldirectord/daemonise.hpp"
#include "ldirectord/dry_run.hpp"
#include "ldirectord/instance.hpp"
#include "ldirectord/log_lines.hpp"
#include "ldirectord/probe.hpp"
#include "ldirectord/status_socket.hpp"
#include "ldirectord/words.hpp"

namespace um::ldirectord {
namespace {

constexpr int kUsageError = 255;
constexpr int kConfigError = 2;
constexpr std::chrono::seconds kStopLimit{10};
constexpr std::chrono::seconds kRestartLimit{60};

void say(FILE* stream, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

// How the sub-directors of `execute` are called, from whatever directory.
std::string own_program(const std::string& name) {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? name : program.string();
}

// One call of the program for one configuration.
class Call {
 public:
  Call(std::string program, const std::vector<std::string>& words, Arguments arguments)
      : program_(std::move(program)), words_(words), arguments_(std::move(arguments)) {}

  int run();

 private:
  int dispatch();
  int start();
  int run_here(InstanceLock lock);
  int run_in_background(InstanceLock lock);
  int stop();
  int restart();
  int reload();
  int status();
  int change_admin();
  std::string change_admin_later(const AdminOrder& order);
  int test_config();
  int config_missing();
  int config_broken();
  bool stop_running(const Running& running, std::chrono::seconds limit);
  int leave(int status);
  DaemonSettings daemon_settings() const {
    return {file_, config_, instance_, own_program(program_), arguments_.debug};
  }
  std::optional<Running> running() const { return find_running(instance_, config_); }
  void note(const std::string& line) { log_.write(LogLevel::kInfo, line); }

  std::string program_;
  std::vector<std::string> words_;
  Arguments arguments_;
  std::string instance_;
  std::string shown_;   // the configuration as found
  std::string file_;    // the same from the root
  std::string config_;  // its real path
  Loaded loaded_;
  Log log_;
};

int Call::run() {
  instance_ = instance_name(arguments_.config);
  const std::string name = arguments_.config.value_or("ldirectord.cf");
  const auto found = find_config(name);
  if (!found) return config_missing();
  shown_ = *found;
  file_ = absolute_path(shown_);
  config_ = real_path(shown_);
  if (arguments_.verb == "configtest") return test_config();
  loaded_ = load(shown_, arguments_.debug);
  log_.configure(log_settings(loaded_.roster.globals, instance_, arguments_.debug));
  if (!loaded_.ok) return config_broken();
  say(stderr, loaded_.legacy);
  note(fmt::format("Invoking ldirectord invoked as: {} {} ", program_, fmt::join(words_, " ")));
  return dispatch();
}

int Call::dispatch() {
  const std::string& verb = arguments_.verb;
  if (arguments_.dry_run) return dry_run(loaded_.roster);
  if (verb == "start") return start();
  if (verb == "stop") return stop();
  if (verb == "restart") return restart();
  if (verb == "try-restart") return running() ? restart() : 0;
  if (verb == "reload" || verb == "force-reload") return reload();
  if (verb == "status") return status();
  if (verb == "probe") return probe(loaded_.roster, arguments_.real, arguments_.virtual_name);
  return change_admin();
}

// Nothing is created, logged or asked of the kernel.
int Call::test_config() {
  loaded_ = load(shown_, false, parsers::Touch::kLookOnly);
  say(stderr, loaded_.explanation);
  if (!loaded_.ok) return kConfigError;
  say(stderr, fmt::format("ldirectord: {} can be used\n", shown_));
  return 0;
}

// Stopping needs no file (packaging 6.2): the pid file of the instance says whom to stop.
int Call::config_missing() {
  const std::string name = arguments_.config.value_or("ldirectord.cf");
  if (arguments_.verb == "stop")
    if (auto live = running()) {
      stop_running(*live, kStopLimit);
      return 0;
    }
  say(stderr, fmt::format("Config file {} not found\n", name));
  return 1;
}

// A running daemon is never touched for the sake of a broken file, but it can be stopped and asked
// (decision L5).
int Call::config_broken() {
  say(stderr, loaded_.explanation);
  say(stderr, loaded_.legacy);
  const auto live = running();
  if (live && arguments_.verb == "stop") return stop();
  if (live && arguments_.verb == "status") return status();
  note("Exiting with exit_status 2: config_error: Configuration Error");
  return kConfigError;
}

int Call::leave(int status) {
  note(status == 0 ? fmt::format("Exiting from ldirectord {}", arguments_.verb)
                   : fmt::format("Exiting with exit_status {}: Exiting from ldirectord {}", status,
                                 arguments_.verb));
  return status;
}

int Call::start() {
  if (auto live = running()) {
    if (live->stopping && wait_gone(*live, kStopLimit)) return start();
    if (live->instance != instance_)
      say(stderr, fmt::format("ldirectord for {} already runs as {} with pid: {}\n", shown_,
                              live->instance, live->pid));
    return 0;
  }
  if (auto kernel = ipvs::open_kernel(); !kernel) {
    say(stderr, fmt::format("ldirectord: {}\n", kernel.error().message));
    note(fmt::format("Exiting with exit_status 1: {}", kernel.error().message));
    return 1;
  }
  auto lock = InstanceLock::take(config_, instance_);
  if (!lock) return 0;  // another call was faster
  for (const std::string& line : loaded_.notes) log_.write(LogLevel::kWarn, line);
  const bool foreground = arguments_.debug || loaded_.roster.globals.supervised;
  return foreground ? run_here(std::move(*lock)) : run_in_background(std::move(*lock));
}

int Call::run_here(InstanceLock lock) {
  note(fmt::format("Starting {} with pid: {}", kLinuxDirector, getpid()));
  std::string failure;
  const int status = run_daemon(daemon_settings(), std::move(loaded_), log_, lock,
                                [&failure](const std::string& text) { failure = text; });
  if (!failure.empty()) {
    say(stderr, fmt::format("ldirectord: {}\n", failure));
    note(fmt::format("Exiting with exit_status {}: {}", status, failure));
  }
  return status;
}

// The parent stays until the daemon says how its start went (decision L21).
int Call::run_in_background(InstanceLock lock) {
  note(fmt::format("Starting {} as daemon", kLinuxDirector));
  const std::string file = pid_file(instance_);
  if (FILE* out = std::fopen(file.c_str(), "a")) {
    std::fclose(out);
  } else {
    say(stderr, fmt::format("Can not open {}\n", file));
    note(fmt::format("Exiting with exit_status 1: Can not open {}", file));
    return 1;
  }
  auto result = daemonise();
  if (const auto* verdict = std::get_if<StartVerdict>(&result)) {
    if (!verdict->failure.empty()) {
      say(stderr, fmt::format("ldirectord: {}\n", verdict->failure));
      note(fmt::format("Exiting with exit_status 1: {}", verdict->failure));
    }
    return verdict->failure.empty() ? 0 : 1;
  }
  auto& report = std::get<StartReport>(result);
  lock.sign();
  write_pid_file(file);
  log_.configure(log_settings(loaded_.roster.globals, instance_, false));
  const int status = run_daemon(daemon_settings(), std::move(loaded_), log_, lock,
                                [&report](const std::string& failure) { report.tell(failure); });
  unlink(file.c_str());
  log_.flush();
  _exit(status);
}

bool Call::stop_running(const Running& live, std::chrono::seconds limit) {
  kill(live.pid, SIGTERM);
  if (wait_gone(live, limit)) return true;
  say(stderr, fmt::format("ldirectord with pid: {} is still stopping\n", live.pid));
  return false;
}

int Call::stop() {
  if (auto live = running()) stop_running(*live, kStopLimit);
  return 0;
}

int Call::restart() {
  if (auto live = running(); live && !stop_running(*live, kRestartLimit)) return leave(1);
  return start();
}

int Call::reload() {
  const auto live = running();
  if (!live) {
    note(fmt::format("ldirectord is stopped for {}", shown_));
    return leave(1);
  }
  kill(live->pid, SIGHUP);
  return 0;
}

int Call::status() {
  if (!arguments_.form.empty()) {
    auto answer = ask_director(socket_path(config_), "status " + arguments_.form);
    if (answer && answer->starts_with("ok\n")) {
      say(stdout, answer->substr(3));
      return 0;
    }
  }
  // Running on standard error, stopped on standard output: an old heartbeat reads words on the
  // latter only and must not find "running" there (decision L6).
  if (auto live = running()) {
    const std::string line =
        fmt::format("ldirectord for {} is running with pid: {}", shown_, live->pid);
    say(stderr, line + "\n");
    // The words of the sub-directors' own status follow ours on the same streams.
    for (const std::string& name : loaded_.roster.globals.execute) {
      const std::string command = fmt::format("{} {} status", own_program(program_), name);
      if (std::system(command.c_str()) < 0) note(fmt::format("system({}) failed: ", command));
    }
    note(line);
    return leave(0);
  }
  const PidFile file = look_at_pid_file(pid_file(instance_));
  if (file.exists) {
    const std::string stale =
        fmt::format("ldirectord stale pid file {} for {}", pid_file(instance_), shown_);
    say(stderr, stale + "\n");
    note(stale);
  }
  say(stdout, fmt::format("ldirectord is stopped for {}\n", shown_));
  return leave(file.exists ? 1 : 3);
}

int Call::change_admin() {
  const AdminOrder order{admin_of_verb(arguments_.verb).value_or(Admin::kEnabled), arguments_.real,
                         arguments_.virtual_name};
  const auto answer =
      ask_director(socket_path(config_),
                   fmt::format("{} {} {}", arguments_.verb, order.real, order.virtual_name));
  const std::string reply = answer      ? *answer
                            : running() ? "error the director does not answer\n"
                                        : change_admin_later(order);
  if (!reply.starts_with("ok\n")) {
    say(stderr, "ldirectord: " + reply.substr(std::min(reply.size(), std::size_t{6})));
    return 1;
  }
  say(stdout, reply.substr(3));
  tell_cluster(arguments_.verb, order, file_);
  return 0;
}

// No director runs: the next one will know. In the words of a running one.
std::string Call::change_admin_later(const AdminOrder& order) {
  const Roster& roster = loaded_.roster;
  const std::vector<Job::Use> targets = targets_of(roster, order);
  if (targets.empty()) return fmt::format("error no real server {} here\n", order.real);
  AdminState state(admin_file(config_));
  if (!remember(state, roster, order, targets))
    return fmt::format("error it cannot be remembered: {}\n", std::strerror(errno));
  std::string text = "ok\n";
  for (const Job::Use& target : targets) {
    const RosterVirtual& virt = roster.virtuals[target.virtual_index];
    text += fmt::format("{} {} in {}: from the next start on\n", name_of(order.admin),
                        virt.reals[target.real_index].name, virt.name);
  }
  return text;
}

}  // namespace

int run_cli(const std::string& program, const std::vector<std::string>& words) {
  Arguments arguments = read_arguments(words);
  switch (arguments.ask) {
    case Arguments::Ask::kHelp: say(stdout, usage_text()); return 0;
    case Arguments::Ask::kVersion: say(stdout, version_text()); return 0;
    case Arguments::Ask::kUsage:
      if (!arguments.unknown_option.empty())
        say(stderr, fmt::format("Unknown option: {}\n", arguments.unknown_option));
      say(stdout, usage_text());
      return kUsageError;
    case Arguments::Ask::kVerb: break;
  }
  return Call(program, words, std::move(arguments)).run();
}

}  // namespace um::ldirectord
