#include "base/process.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace um {
namespace {

namespace asio = boost::asio;
constexpr std::size_t kLineLimit = 4096;
constexpr int kReportFd = 3;  // where the child writes errno when its exec fails

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

struct Pipe {
  Fd read, write;
  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read.reset(ends[0]);
    write.reset(ends[1]);
    return true;
  }
};

/// Everything the child needs between fork and exec, made before the fork: after it, in a process
/// that may have had threads, only system calls are allowed.
struct Launch {
  std::vector<char*> argv;
  std::vector<std::string> variables;
  std::vector<char*> envp;
  const char* path = nullptr;
  int input = -1;
  int output = -1;  // -1: keep ours
  int errors = -1;  // -1: keep ours
  int report = -1;
};

/// A pipe that holds all of `text` and then ends. It never waits: what a pipe cannot hold is
/// refused.
bool fill(Pipe& pipe, std::string_view text) {
  if (!pipe.open()) return false;
  ::fcntl(pipe.write.get(), F_SETFL, O_NONBLOCK);
  const bool whole =
      ::write(pipe.write.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!whole) errno = E2BIG;
  pipe.write.reset();
  return whole;
}

Launch prepare(const Command& command) {
  Launch launch;
  for (const std::string& word : command.argv)
    launch.argv.push_back(const_cast<char*>(word.c_str()));
  launch.argv.push_back(nullptr);
  if (command.body) return launch;
  for (const auto& [name, value] : command.environment)
    launch.variables.push_back(name + "=" + value);
  for (std::string& variable : launch.variables) launch.envp.push_back(variable.data());
  launch.envp.push_back(nullptr);
  launch.path = command.path.empty() ? command.argv.front().c_str() : command.path.c_str();
  return launch;
}

void reset_signals(const Command& command) {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
  action.sa_handler = SIG_IGN;
  for (int number : command.ignored_signals) ::sigaction(number, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool take_identity(const Identity& identity) {
  // Nobody but root may set groups, not even to what they are.
  if (::geteuid() != 0 && ::geteuid() == identity.uid) return true;
  return ::setgroups(identity.groups.size(), identity.groups.data()) == 0 &&
         ::setgid(identity.gid) == 0 && ::setuid(identity.uid) == 0;
}

/// Four fixed places: 0 input, 1 output, 2 errors, 3 the report; everything else is closed. The
/// sources are moved out of the way first, since they may stand on one another's places.
bool arrange_descriptors(const Launch& launch) {
  const std::array<int, 4> wanted = {launch.input, launch.output, launch.errors, launch.report};
  std::array<int, 4> moved{};
  for (std::size_t place = 0; place < wanted.size(); ++place) {
    moved[place] = wanted[place] < 0 ? -1 : ::fcntl(wanted[place], F_DUPFD, 10);
    if (wanted[place] >= 0 && moved[place] < 0) return false;
  }
  for (std::size_t place = 0; place < moved.size(); ++place)
    if (moved[place] >= 0 && ::dup2(moved[place], static_cast<int>(place)) < 0) return false;
  ::fcntl(kReportFd, F_SETFD, FD_CLOEXEC);
  ::syscall(SYS_close_range, kReportFd + 1, ~0U, 0);
  return true;
}

[[noreturn]] void run_child(const Command& command, const Launch& launch) {
  if (command.own_group) ::setpgid(0, 0);
  const sched_param normal{};
  ::sched_setscheduler(0, SCHED_OTHER, &normal);
  ::umask(command.umask);
  int report = launch.report;
  if (arrange_descriptors(launch)) {
    report = kReportFd;
    reset_signals(command);
    if ((command.directory.empty() || ::chdir(command.directory.c_str()) == 0) &&
        (!command.identity || take_identity(*command.identity))) {
      if (command.body) {
        ::close(kReportFd);
        ::_exit(command.body());
      }
      ::execve(launch.path, launch.argv.data(), launch.envp.data());
    }
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t n = ::write(report, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

/// Keeps itself alive until the child has ended and its pipe is closed.
struct Process::State : std::enable_shared_from_this<Process::State> {
  State(asio::any_io_executor executor, Command c, Handler handler)
      : command(std::move(c)),
        on_exit(std::move(handler)),
        pipe(executor),
        ended(executor),
        loop(std::move(executor)) {}

  void launch();
  void fail(int error);
  void watch_exit();
  void watch_output();
  bool drain();
  void take(std::string_view bytes);
  void reap();

  Command command;
  Handler on_exit;
  asio::posix::stream_descriptor pipe;
  asio::posix::stream_descriptor ended;  // pidfd: readable when the child is a zombie
  asio::any_io_executor loop;
  Fd report;
  pid_t pid = 0;
  bool alive = false;
  Exited exited;
  std::string line;
};

void Process::State::fail(int error) {
  exited.error = error;
  asio::post(loop, [self = shared_from_this()] { self->on_exit(self->exited); });
}

void Process::State::launch() {
  Pipe input;
  Pipe output;
  Pipe status;
  Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (command.argv.empty() && !command.body) return fail(EINVAL);
  if (null.get() < 0 || !status.open()) return fail(errno);
  if (command.output == OutputTo::kPipe && !output.open()) return fail(errno);
  if (!command.input.empty() && !fill(input, command.input)) return fail(errno);
  Launch plan = prepare(command);
  plan.input = command.input.empty() ? null.get() : input.read.get();
  plan.report = status.write.get();
  const auto sink = [&](OutputTo where) {
    if (where == OutputTo::kPipe) return output.write.get();
    return where == OutputTo::kNull ? null.get() : -1;
  };
  plan.output = sink(command.output);
  plan.errors = sink(command.errors.value_or(command.output));

  pid = ::fork();
  if (pid == 0) run_child(command, plan);
  if (pid < 0) return pid = 0, fail(errno);
  if (command.own_group) ::setpgid(pid, pid);  // both sides do it: signal() may come at once
  alive = true;
  report.reset(status.read.release());
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) {  // out of descriptors: without a watch the child would never be missed
    const int error = errno;
    ::kill(command.own_group ? -pid : pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    alive = false;
    return fail(error);
  }
  ended.assign(pidfd);
  if (command.output == OutputTo::kPipe) {
    ::fcntl(output.read.get(), F_SETFL, O_NONBLOCK);
    pipe.assign(output.read.release());
    watch_output();
  }
  watch_exit();
}

void Process::State::watch_exit() {
  ended.async_wait(asio::posix::descriptor_base::wait_read,
                   [self = shared_from_this()](boost::system::error_code) { self->reap(); });
}

void Process::State::watch_output() {
  pipe.async_wait(asio::posix::descriptor_base::wait_read,
                  [self = shared_from_this()](boost::system::error_code error) {
                    if (error) return;
                    if (self->drain())
                      self->watch_output();
                    else
                      self->pipe.close();
                  });
}

/// Reads what is there, at most a good portion so that a chattering script cannot keep the loop.
/// False at the end of the stream.
bool Process::State::drain() {
  std::array<char, 4096> buffer;
  for (int round = 0; round < 16; ++round) {
    const ssize_t n = ::read(pipe.native_handle(), buffer.data(), buffer.size());
    if (n > 0) {
      take({buffer.data(), static_cast<std::size_t>(n)});
    } else if (n == 0) {
      if (!line.empty() && command.on_line) command.on_line(std::exchange(line, {}));
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
  return true;
}

void Process::State::take(std::string_view bytes) {
  const std::size_t room =
      command.keep_output - std::min(command.keep_output, exited.output.size());
  exited.output.append(bytes.substr(0, room));
  if (!command.on_line) return;
  for (char c : bytes) {
    if (c != '\n') line.push_back(c);
    if (c == '\n' || line.size() >= kLineLimit) {
      command.on_line(line);
      line.clear();
    }
  }
}

void Process::State::reap() {
  siginfo_t info{};
  // WNOHANG: the pidfd may have been woken for nothing.
  if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) != 0) {
    exited.error = errno;  // somebody else reaped it: a programmer's error, told as a failure
  } else if (info.si_pid == 0) {
    return watch_exit();
  } else if (info.si_code == CLD_EXITED) {
    exited.code = info.si_status;
  } else {
    exited.signal = info.si_status;
  }
  alive = false;
  int error = 0;
  if (::read(report.get(), &error, sizeof error) == sizeof error) exited.error = error;
  report.reset();
  ended.close();
  if (pipe.is_open() && !drain()) pipe.close();
  if (on_exit) std::exchange(on_exit, nullptr)(exited);
}

std::shared_ptr<Process> Process::start(asio::any_io_executor executor, Command command,
                                        Handler on_exit) {
  auto state = std::make_shared<State>(std::move(executor), std::move(command), std::move(on_exit));
  state->launch();
  return std::make_shared<Process>(std::move(state));
}

pid_t Process::pid() const {
  return state_->pid;
}
bool Process::running() const {
  return state_->alive;
}
void Process::signal(int number) {
  if (state_->alive) ::kill(state_->command.own_group ? -state_->pid : state_->pid, number);
}

int Exited::shell_status() const {
  if (error == ENOENT) return 127;
  if (error != 0) return 126;
  return signal != 0 ? 128 + signal : code;
}

Environment current_environment() {
  Environment out;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

std::optional<Identity> find_identity(const std::string& user) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16 * 1024);
  if (::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
    return std::nullopt;
  Identity identity{entry.pw_uid, entry.pw_gid, std::vector<gid_t>(64)};
  int count = static_cast<int>(identity.groups.size());
  if (::getgrouplist(user.c_str(), entry.pw_gid, identity.groups.data(), &count) < 0) {
    identity.groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(user.c_str(), entry.pw_gid, identity.groups.data(), &count);
  }
  identity.groups.resize(static_cast<std::size_t>(count));
  return identity;
}

asio::awaitable<Ran> run(Command command, std::optional<std::chrono::milliseconds> limit) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer done(executor, limit ? asio::steady_timer::clock_type::now() + *limit
                                          : asio::steady_timer::time_point::max());
  auto exited = std::make_shared<std::optional<Exited>>();
  // The handler may outlive this coroutine when it is cancelled: it owns what it touches.
  auto wake = std::make_shared<std::function<void()>>([&done] { done.cancel(); });
  struct Forget {
    std::shared_ptr<std::function<void()>> wake;
    ~Forget() {
      *wake = [] {};
    }
  } forget{wake};
  auto process = Process::start(executor, std::move(command), [exited, wake](const Exited& end) {
    *exited = end;
    (*wake)();
  });
  struct KillLeftover {
    std::shared_ptr<Process> process;
    ~KillLeftover() { process->signal(SIGKILL); }
  } leftover{process};

  Ran ran;
  boost::system::error_code error;
  co_await done.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (!*exited && !error) {
    ran.timed_out = true;
    process->signal(SIGKILL);
    done.expires_at(asio::steady_timer::time_point::max());
    if (!*exited) co_await done.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
  if (*exited)
    ran.exited = **exited;
  else
    ran.exited.error = ECANCELED;
  co_return ran;
}

}  // namespace um
