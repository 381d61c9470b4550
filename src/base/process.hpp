// process.hpp - child processes on an Asio loop.
//
// A child gets exactly what its Command says: arguments, environment, directory, user, its own
// process group, default signal dispositions, normal scheduling, /dev/null as stdin and no
// descriptor of ours but its output pipe. Nothing here blocks: not the start (a failing exec is
// reported with the exit), not the reading of output, not the waiting.
//
// Output is delivered line by line while the child runs (a line longer than 4 KiB in pieces) and
// its head is kept up to `keep_output` bytes. When the child has ended, what is in the pipe is
// still delivered and the exit reported at once, even if a daemon it left behind holds the pipe:
// that daemon's lines go on being read until it closes the pipe or the Process object's loop ends.
//
// Handlers run on the executor's loop, never inside start(). Destroying the last handle neither
// kills nor forgets the child: its exit handler still runs. Signals: SIGCHLD is not touched (the
// child is watched through a pidfd), so other parts of the program may have children of their own.
#pragma once
#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <sys/types.h>

namespace um {

/// Variables by name; a child sees these and nothing else.
using Environment = std::map<std::string, std::string, std::less<>>;
/// A copy of this process's own environment.
Environment current_environment();

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};
/// The user with its primary and supplementary groups; nothing when there is no such user. Asks the
/// name service, which may block: only at start-up.
std::optional<Identity> find_identity(const std::string& user);

enum class OutputTo : std::uint8_t { kPipe, kNull, kInherit };

struct Command {
  std::vector<std::string> argv;  // argv[0] is what the child sees
  std::string path;               // the file to execute; empty: argv[0]. PATH is not searched
  // Instead of a program: called in the child, with our environment; what it returns is the exit
  // code. It may block for as long as it likes and must not touch the event loop.
  std::function<int()> body;
  Environment environment;
  std::string directory;              // empty: ours
  std::string input;                  // all of stdin, at most 60 KiB; empty: /dev/null
  std::optional<Identity> identity;   // nothing: ours
  OutputTo output = OutputTo::kPipe;  // of stdout, and of stderr unless `errors` says otherwise
  std::optional<OutputTo> errors;     // kNull or kInherit: stderr is no part of the output
  std::size_t keep_output = 64 * 1024;
  mode_t umask = 022;
  bool own_group = true;
  std::vector<int> ignored_signals;  // ignored in the child, and inherited by its children
  std::function<void(std::string_view line)> on_line;  // without the newline
};

struct Exited {
  int code = 0;        // meaningful when signal == 0 and error == 0
  int signal = 0;      // the signal that ended the child
  int error = 0;       // errno of a start that failed: the program never ran
  std::string output;  // its head, at most Command::keep_output bytes

  bool ok() const { return code == 0 && signal == 0 && error == 0; }
  /// As `$?` shows it: 128 + signal, 127 for a missing program, 126 for one that cannot be run.
  int shell_status() const;
};

class Process {
 public:
  using Handler = std::function<void(const Exited&)>;

  static std::shared_ptr<Process> start(boost::asio::any_io_executor executor, Command command,
                                        Handler on_exit);

  /// 0 when the start failed.
  pid_t pid() const;
  bool running() const;
  /// To the child's whole group when it has its own, else to the child. A child that has been
  /// reaped is never signalled.
  void signal(int number);

  struct State;
  explicit Process(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<State> state_;
};

struct Ran {
  Exited exited;
  bool timed_out = false;  // the limit came first and the group was killed
};

/// Runs a command to its end; at `limit` its group gets SIGKILL. Cancelling the coroutine kills it
/// too.
boost::asio::awaitable<Ran> run(Command command,
                                std::optional<std::chrono::milliseconds> limit = {});

}  // namespace um
