// resource_lab.hpp - whole nodes with scripted resources, in virtual time over a lossless network.
//
// The nodes are real engines; their jobs run through GroupWork against made-up agents that remember
// whether they are active, as the logging stubs of the recorded traces did. What is seen is
// recorded in the words of the traces: log lines, and agent calls as "A x start".
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/engine.hpp"
#include "cluster/group_work.hpp"
#include "parsers/haresources.hpp"

namespace um::cluster::lab {

using namespace std::chrono_literals;

enum class Kind { kLog, kAgent };

struct Seen {
  TimePoint at{};
  std::string node;
  Kind kind = Kind::kLog;
  std::string text;
};

/// What an agent does when called for an action, instead of succeeding at once.
struct Injection {
  Duration delay{};
  int exit_status = 0;
  bool works_all_the_same = false;  // a failing call that did what it should
};

struct Settings {
  std::vector<std::string> nodes{"nodea", "nodeb"};
  std::map<std::string, Failback> failback{};  // per node; kOn when absent
  std::string haresources = "nodea 10.9.0.1 A::x B\nnodea E\nnodeb 10.9.0.2 C::y::z D\n";
  Times times{500ms, 4000ms, 3000ms, 8000ms, 4000ms, 250ms};
  bool stonith = false;
  Duration agent_time = 20ms;
};

class ResourceLab {
 public:
  explicit ResourceLab(Settings settings = {});
  ~ResourceLab();
  ResourceLab(const ResourceLab&) = delete;
  ResourceLab& operator=(const ResourceLab&) = delete;

  void start(const std::string& node);
  /// All processes of the node are killed; its resources stay as they are.
  void crash(const std::string& node);
  void stop(const std::string& node);
  void partition() { connected_ = false; }
  void heal() { connected_ = true; }
  /// A message of a command on that node: "t=ask_resources rsc_hold=all info=me".
  void command(const std::string& node, std::string_view fields);
  void inject(const std::string& node, const std::string& resource, AgentAction action,
              Injection injection);
  void clear_injection(const std::string& node, const std::string& resource, AgentAction action);
  void fence_result(int exit_status) { fence_status_ = exit_status; }
  /// What ran there is gone with the power.
  void power_off(const std::string& node);
  void set_active(const std::string& node, const std::string& resource);
  Config& config_of(const std::string& node);  // for the next start

  void run(Duration time);
  /// Until the condition holds; false when it did not within `limit`.
  bool run_until(const std::function<bool()>& condition, Duration limit);

  /// Resources as "A_x,B,IPaddr_10.9.0.1", sorted; "none".
  std::string active(const std::string& node) const;
  std::string rsc_status(const std::string& node) const;
  bool running(const std::string& node) const;
  bool was_killed(const std::string& node) const;
  const Engine& engine(const std::string& node) const;
  /// Resources that are active on two running nodes right now.
  std::vector<std::string> active_twice() const;
  bool ever_active_twice() const { return ever_twice_; }

  /// Since the last forget().
  std::vector<Seen> seen() const { return seen_; }
  std::vector<std::string> log(const std::string& node) const;
  /// Start and stop calls, without `status`.
  std::vector<std::string> calls(const std::string& node) const;
  std::vector<std::string> sent(const std::string& node) const;
  bool logged(const std::string& node, std::string_view line) const;
  bool announced(const std::string& node) const { return announcements(node) > 0; }
  int announcements(const std::string& node) const;
  void forget();
  TimePoint now() const { return now_; }

 private:
  struct Machine;
  struct Job;

  Now clock() const;
  void leave(Machine& machine);
  void at(TimePoint when, std::function<void()> what);
  void feed(Machine& machine, const Event& event);
  void carry_out(Machine& machine, Actions actions);
  void wake_later(Machine& machine);
  void run_job(Machine& machine, const StartJob& job);
  void run_next_group(Machine& machine, std::shared_ptr<Job> job);
  void step(Machine& machine, std::shared_ptr<Job> job);
  void call_agent(Machine& machine, std::shared_ptr<Job> job, const GroupWork::RunAgent& call);
  void finish_job(Machine& machine, std::uint64_t number, int exit_status);
  void record(const Machine& machine, Kind kind, std::string text);
  Machine& machine(const std::string& node) const;
  void check_twice();

  Settings settings_;
  parsers::Haresources resources_;
  std::map<std::string, std::unique_ptr<Machine>> machines_;
  std::multimap<TimePoint, std::function<void()>> agenda_;
  TimePoint now_{1h};
  bool connected_ = true;
  bool ever_twice_ = false;
  int fence_status_ = 0;
  std::vector<Seen> seen_;
};

}  // namespace um::cluster::lab
