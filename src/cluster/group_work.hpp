// group_work.hpp - one resource group being started or stopped, agent call by agent call.
//
// The dialogue of spec heartbeat-resources 3, without running anything: next() says what to do,
// finished() tells how it went. The daemon's script runner and the ResourceManager command carry
// the steps out; both therefore start, stop, retry and log alike, in the words of 3.0.6.
//
//   take: left to right `status`, and `start` where that says "not owned". When a start fails the
//         whole group is released again (decision R7), unless Options::start_failure_continues.
//   give: right to left `stop`, also of what was never started, each retried; a resource that still
//         runs after the last try asks for a reboot (R10), one that does not is let go with a
//         warning. Then the next one follows in either case.
//
// A missing script is a failure, its argument is never executed (R16).
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "cluster/events.hpp"
#include "parsers/haresources.hpp"

namespace um::cluster {

enum class AgentAction : std::uint8_t { kStart, kStop, kStatus };
std::string_view to_string(AgentAction action);

/// The arguments as the log shows them: `y z` for `C::y::z`, the address for a bare address.
std::string logged_arguments(const parsers::Resource& resource);

class GroupWork {
 public:
  enum class Verb : std::uint8_t { kTake, kGive };

  struct Options {
    int stop_retries = 10;  // HA_STOPRETRYMAX; zero or less: for ever
    bool start_failure_continues = false;
  };

  /// The script for an agent's name, as the log shall show it; empty when there is none.
  using Locate = std::function<std::string(std::string_view agent)>;

  /// Run `script` with the resource's arguments (patterns expanded) and the action as the last one;
  /// its output counts for kStatus only. Answer with finished().
  struct RunAgent {
    const parsers::Resource* resource = nullptr;  // of the group that was given
    std::string script;
    AgentAction action = AgentAction::kStatus;
  };
  /// Then call next() again.
  struct Pause {
    Duration length{};
  };
  /// A resource cannot be stopped and still runs: kill the cluster daemon ungracefully and reboot.
  /// When that does not end this process, call next() again for the rest of the group.
  struct Reboot {
    std::string resource;
  };
  struct Done {
    bool started = true;   // take: false when the group was given up
    int exit_status = 0;   // of ResourceManager: 0, or the last stop that failed for good
    std::string failed{};  // the resource that could not be started
  };
  using Step = std::variant<RunAgent, Pause, Reboot, Done>;

  GroupWork(Verb verb, parsers::ResourceGroup group, Options options, Locate locate);

  Step next();
  void finished(int exit_status, std::string_view output);
  /// What there is to log since the last call, in order.
  std::vector<Log> take_log();

 private:
  enum class Stage : std::uint8_t { kTakeStatus, kTakeStart, kStop, kStopStatus, kDone };

  const parsers::Resource& member() const { return group_.resources[at_]; }
  void log(LogLevel level, std::string text) { log_.push_back({level, std::move(text)}); }
  Step call(AgentAction action);
  void enter_take();
  void enter_give();
  void take_next();
  void give_next();
  void on_take_status(bool owned);
  void on_start(int exit_status);
  void on_stop(int exit_status);
  void on_stop_status(bool owned);

  parsers::ResourceGroup group_;
  Options options_;
  Locate locate_;
  Stage stage_ = Stage::kDone;
  std::size_t at_ = 0;
  int retries_ = 0;
  int last_stop_status_ = 0;
  bool pause_ = false;
  bool retrying_ = false;
  bool reboot_ = false;
  std::string script_;  // of the call that is out
  std::vector<Log> log_;
  Done result_;
};

}  // namespace um::cluster
