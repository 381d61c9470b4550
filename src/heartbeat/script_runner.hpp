// script_runner.hpp - carries out the engine's jobs: groups taken and given, rc.d scripts, fences.
//
// Each job is a coroutine; they run side by side (which may, and in which order, the engine
// decides). Agents run one after the other within a group, in their own process groups, with
// normal scheduling; their output goes to the log. A hanging script blocks nothing but its job.
// Whatever may wait for a disk (finding scripts, reading haresources anew) is done on a helper
// thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/log.hpp"
#include "cluster/events.hpp"
#include "cluster/group_work.hpp"
#include "heartbeat/agent.hpp"
#include "parsers/ha_cf.hpp"

namespace um::heartbeat {

class ScriptRunner {
 public:
  struct Hooks {
    std::function<void(std::uint64_t job, int exit_status)> finished;
    std::function<void()> held_changed;
    std::function<void(const std::string& resource)> reboot;  // decision R10
  };
  /// What a reload may change.
  struct Settings {
    parsers::HaConfig config;
    Environment environment;  // of rc.d scripts
  };

  ScriptRunner(boost::asio::any_io_executor executor, boost::asio::thread_pool& helpers,
               const Paths& paths, std::string own_node, Hooks hooks, Log& log);

  void configure(Settings settings) { settings_ = std::move(settings); }
  void start(const cluster::StartJob& job);

  /// After a crash of the engine before this one: these groups are up (decision H28).
  void assume_held(std::vector<std::vector<std::string>> groups);
  /// The words of every group that was begun and not completely released.
  const std::map<std::string, std::vector<std::string>>& held() const { return held_; }

  std::size_t running() const { return running_; }

 private:
  template <class T>
  using awaitable = boost::asio::awaitable<T>;

  awaitable<int> run_job(cluster::StartJob job);
  awaitable<int> take(std::string key);
  awaitable<int> give(std::string key);
  awaitable<int> work(cluster::GroupWork::Verb verb, PreparedGroup prepared);
  awaitable<void> call(cluster::GroupWork& group, const cluster::GroupWork::RunAgent& step,
                       const PreparedGroup& prepared);
  awaitable<int> notify(cluster::StartJob job);
  awaitable<int> initial_standby(std::vector<std::string> keys);
  awaitable<std::optional<PreparedGroup>> look_up(std::string key);
  awaitable<Exited> execute(Command command, std::string_view agent, cluster::AgentAction action);
  std::optional<std::chrono::milliseconds> limit(std::string_view agent,
                                                 std::string_view action) const;
  cluster::GroupWork::Options options() const;
  void remember(const std::string& key, const parsers::ResourceGroup& group);
  void forget(const std::string& key);
  void tell(const std::vector<cluster::Log>& lines);

  boost::asio::any_io_executor executor_;
  boost::asio::thread_pool& helpers_;
  const Paths& paths_;
  std::string own_node_;
  Hooks hooks_;
  Log& log_;
  std::shared_ptr<const Machine> machine_;
  Settings settings_;
  std::map<std::string, std::vector<std::string>> held_;
  std::size_t running_ = 0;
};

}  // namespace um::heartbeat
