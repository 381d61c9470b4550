#include "heartbeat/script_runner.hpp"

#include <charconv>
#include <cstring>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "heartbeat/environment.hpp"
#include "heartbeat/fence.hpp"

namespace um::heartbeat {
namespace {

namespace asio = boost::asio;
using cluster::AgentAction;
using cluster::GroupWork;
using cluster::JobKind;
using cluster::StartJob;

constexpr std::string_view kTag = "ResourceManager";
constexpr std::string_view kSyncAgent = "LVSSyncDaemonSwap";
constexpr int kDefaultStopRetries = 10;

/// Runs `work` on a helper thread; the coroutine goes on here with its result. Takes a named
/// function, and no lambda in a co_await expression: g++ 12 destroys the captures of such a
/// temporary twice.
template <class Result>
asio::awaitable<Result> offload(asio::any_io_executor executor, asio::thread_pool& helpers,
                                const std::function<Result()>& work) {
  auto result = std::make_shared<std::optional<Result>>();
  auto wake = std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
  asio::post(helpers, [work, result, executor, wake] {
    *result = work();
    asio::post(executor, [wake] { wake->cancel(); });
  });
  boost::system::error_code error;
  co_await wake->async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_return std::move(*result).value();
}

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace

ScriptRunner::ScriptRunner(asio::any_io_executor executor, asio::thread_pool& helpers,
                           const Paths& paths, std::string own_node, Hooks hooks, Log& log)
    : executor_(std::move(executor)),
      helpers_(helpers),
      paths_(paths),
      own_node_(std::move(own_node)),
      hooks_(std::move(hooks)),
      log_(log),
      machine_(real_machine()) {}

void ScriptRunner::start(const StartJob& job) {
  ++running_;
  asio::co_spawn(executor_, run_job(job), [this, number = job.job](std::exception_ptr, int status) {
    --running_;
    hooks_.finished(number, status);
  });
}

asio::awaitable<int> ScriptRunner::run_job(StartJob job) {
  // The engine must never hear of a job's end while it is still being told to begin.
  co_await asio::post(executor_, asio::use_awaitable);
  int status = 0;
  switch (job.kind) {
    case JobKind::kReqOurResources:
    case JobKind::kTakeGroups:
      for (const std::string& key : job.groups)
        if (const int failure = co_await take(key)) status = failure;
      break;
    case JobKind::kGiveGroups:
      for (const std::string& key : job.groups)
        if (const int failure = co_await give(key)) status = failure;
      break;
    case JobKind::kNotifyScript: status = co_await notify(std::move(job)); break;
    case JobKind::kStonith:
      status = co_await fence(job.node, settings_.config.stonith, settings_.environment, log_);
      break;
    case JobKind::kInitialStandby: status = co_await initial_standby(job.groups); break;
  }
  co_return status;
}

// ---- groups -------------------------------------------------------------------------------------

asio::awaitable<std::optional<PreparedGroup>> ScriptRunner::look_up(std::string key) {
  // A group that is held but no longer in haresources can still be released.
  std::optional<std::vector<std::string>> known;
  if (const auto held = held_.find(key); held != held_.end()) known = held->second;
  const std::function<std::optional<PreparedGroup>()> search =
      [key, known, machine = machine_, &paths = paths_]() -> std::optional<PreparedGroup> {
    auto group = find_group(*machine, paths, key);
    if (!group && known) {
      group.emplace();
      for (const std::string& word : *known)
        group->resources.push_back(parsers::resource_from_word(word));
    }
    if (!group) return std::nullopt;
    return prepare(*machine, std::move(*group), paths);
  };
  co_return co_await offload(executor_, helpers_, search);
}

asio::awaitable<int> ScriptRunner::take(std::string key) {
  std::optional<PreparedGroup> prepared = co_await look_up(key);
  if (!prepared) co_return 0;  // spec 4: an unknown key is nothing to do
  remember(key, prepared->group);
  const int status = co_await work(GroupWork::Verb::kTake, std::move(*prepared));
  if (status != 0) forget(key);  // released again
  co_return status;
}

asio::awaitable<int> ScriptRunner::give(std::string key) {
  std::optional<PreparedGroup> prepared = co_await look_up(key);
  if (!prepared) co_return 0;
  const int status = co_await work(GroupWork::Verb::kGive, std::move(*prepared));
  if (status == 0) forget(key);
  co_return status;
}

asio::awaitable<int> ScriptRunner::work(GroupWork::Verb verb, PreparedGroup prepared) {
  GroupWork group(verb, prepared.group, options(), [&prepared](std::string_view agent) {
    const auto found = prepared.scripts.find(agent);
    return found == prepared.scripts.end() ? std::string() : found->second;
  });
  for (;;) {
    const GroupWork::Step step = group.next();
    tell(group.take_log());
    if (const auto* agent = std::get_if<GroupWork::RunAgent>(&step)) {
      co_await call(group, *agent, prepared);
    } else if (const auto* pause = std::get_if<GroupWork::Pause>(&step)) {
      asio::steady_timer timer(executor_, pause->length);
      co_await timer.async_wait(asio::use_awaitable);
    } else if (const auto* reboot = std::get_if<GroupWork::Reboot>(&step)) {
      hooks_.reboot(reboot->resource);
    } else {
      const auto& done = std::get<GroupWork::Done>(step);
      co_return done.started ? done.exit_status : 1;
    }
  }
}

asio::awaitable<void> ScriptRunner::call(GroupWork& group, const GroupWork::RunAgent& step,
                                         const PreparedGroup& prepared) {
  const auto arguments = prepared.arguments.find(step.resource->word);
  Command command = agent_command(
      step.script,
      arguments == prepared.arguments.end() ? step.resource->arguments : arguments->second,
      std::string(to_string(step.action)), agent_environment(settings_.environment, paths_),
      paths_);
  const Exited exited = co_await execute(std::move(command), step.resource->agent, step.action);
  group.finished(exited.shell_status(), exited.output);
  tell(group.take_log());
}

asio::awaitable<Exited> ScriptRunner::execute(Command command, std::string_view agent,
                                              AgentAction action) {
  if (action != AgentAction::kStatus)
    command.on_line = [this, tag = base_name(agent)](std::string_view line) {
      log_.write_as(tag, LogLevel::kInfo, line);
    };
  const auto most = limit(agent, to_string(action));
  const std::string script = command.argv.front();
  const Ran ran = co_await run(std::move(command), most);
  if (ran.timed_out)
    log_.write_as(kTag, LogLevel::kError,
                  fmt::format("{} {} did not end within {} ms: killed", script, to_string(action),
                              most->count()));
  co_return ran.exited;
}

/// Decision S2: the sync daemon's backup side on a node that joined as standby.
asio::awaitable<int> ScriptRunner::initial_standby(std::vector<std::string> keys) {
  int status = 0;
  for (const std::string& key : keys) {
    const std::optional<PreparedGroup> prepared = co_await look_up(key);
    if (!prepared) continue;
    for (const parsers::Resource& resource : prepared->group.resources) {
      const auto script = prepared->scripts.find(resource.agent);
      if (resource.agent != kSyncAgent || script == prepared->scripts.end()) continue;
      log_.write_as(
          kTag, LogLevel::kInfo,
          fmt::format("Running {} {} stop", script->second, cluster::logged_arguments(resource)));
      Command command = agent_command(script->second, prepared->arguments.at(resource.word), "stop",
                                      agent_environment(settings_.environment, paths_), paths_);
      const Exited exited =
          co_await execute(std::move(command), resource.agent, AgentAction::kStop);
      if (!exited.ok()) {
        status = exited.shell_status();
        log_.write_as(kTag, LogLevel::kError,
                      fmt::format("Return code {} from {}", status, script->second));
      }
    }
  }
  co_return status;
}

// ---- rc.d ---------------------------------------------------------------------------------------

/// `harc TYPE`, which logs and runs /etc/ha.d/rc.d/TYPE.
asio::awaitable<int> ScriptRunner::notify(StartJob job) {
  Command command;
  const std::string type = job.environment["HA_t"];
  command.argv = {paths_.harc().string(), type};
  command.environment = settings_.environment;
  for (auto& [name, value] : job.environment) command.environment[name] = value;
  command.directory = paths_.root_cores();
  command.on_line = [this](std::string_view line) { log_.write_as("harc", LogLevel::kInfo, line); };
  const Ran ran = co_await run(std::move(command), std::nullopt);
  if (ran.exited.error != 0)
    log_.error("Cannot run {}: {}", paths_.harc().string(), std::strerror(ran.exited.error));
  co_return ran.exited.shell_status();
}

// ---- settings, book-keeping ---------------------------------------------------------------------

std::optional<std::chrono::milliseconds> ScriptRunner::limit(std::string_view agent,
                                                             std::string_view action) const {
  std::optional<std::chrono::milliseconds> found;
  for (const parsers::ScriptLimit& line : settings_.config.script_limits) {
    if (line.action != action || (line.agent != "*" && line.agent != agent)) continue;
    if (!found || line.agent != "*") found = line.limit;
  }
  return found && found->count() > 0 ? found : std::nullopt;
}

GroupWork::Options ScriptRunner::options() const {
  GroupWork::Options out;
  out.stop_retries = kDefaultStopRetries;
  if (const auto set = settings_.environment.find("HA_STOPRETRYMAX");
      set != settings_.environment.end())
    std::from_chars(set->second.data(), set->second.data() + set->second.size(), out.stop_retries);
  out.start_failure_continues = settings_.config.start_failure == parsers::StartFailure::kContinue;
  return out;
}

void ScriptRunner::assume_held(std::vector<std::vector<std::string>> groups) {
  for (std::vector<std::string>& words : groups)
    if (!words.empty()) held_[words.front()] = std::move(words);
}

void ScriptRunner::remember(const std::string& key, const parsers::ResourceGroup& group) {
  std::vector<std::string> words;
  for (const parsers::Resource& resource : group.resources) words.push_back(resource.word);
  held_[key] = std::move(words);
  hooks_.held_changed();
}

void ScriptRunner::forget(const std::string& key) {
  if (held_.erase(key) > 0) hooks_.held_changed();
}

void ScriptRunner::tell(const std::vector<cluster::Log>& lines) {
  for (const cluster::Log& line : lines)
    log_.write_as(kTag, static_cast<LogLevel>(line.level), line.text);
}

}  // namespace um::heartbeat
