#include "heartbeat/release.hpp"

#include <algorithm>
#include <array>
#include <ranges>

#include "base/machine.hpp"
#include "heartbeat/agent.hpp"
#include "parsers/haresources.hpp"

namespace um::heartbeat {
namespace {

namespace asio = boost::asio;

bool is_address(std::string_view word) {
  constexpr std::array<std::string_view, 4> kAgents = {"IPaddr", "IPaddr2", "IPv6addr",
                                                       "IPsrcaddr"};
  return std::ranges::find(kAgents, parsers::resource_from_word(word).agent) != kAgents.end();
}

asio::awaitable<Ran> run_agent(std::string word, std::string action,
                               std::chrono::milliseconds limit, const Machine& machine,
                               const Paths& paths, Environment environment) {
  const parsers::Resource resource = parsers::resource_from_word(word);
  const auto script = parsers::find_agent(machine, resource.agent);
  if (!script) {
    Ran missing;
    missing.exited.error = ENOENT;
    co_return missing;
  }
  Command command = agent_command(script->string(),
                                  parsers::expand_arguments(machine, resource, paths.root_cores()),
                                  std::move(action), environment, paths);
  co_return co_await run(std::move(command), limit);
}

}  // namespace

std::vector<ReleaseStep> release_order(const std::vector<std::vector<std::string>>& groups) {
  std::vector<ReleaseStep> addresses, others;
  for (const auto& group : groups)
    for (const std::string& word : std::views::reverse(group)) {
      if (is_address(word))
        addresses.push_back({word, true});
      else
        others.push_back({word, false});
    }
  addresses.insert(addresses.end(), others.begin(), others.end());
  return addresses;
}

asio::awaitable<bool> release(std::vector<std::vector<std::string>> groups,
                              std::chrono::milliseconds limit, const Paths& paths,
                              Environment environment, Log& log) {
  const std::unique_ptr<Machine> machine = real_machine();
  bool addresses_gone = true;
  for (const ReleaseStep& step : release_order(groups)) {
    log.crit("Stopping {} without the engine", step.word);
    const Ran stop = co_await run_agent(step.word, "stop", limit, *machine, paths, environment);
    if (stop.timed_out || !stop.exited.ok())
      log.error("Stopping {} failed: {}", step.word,
                stop.timed_out ? "no end in time"
                               : fmt::format("return code {}", stop.exited.shell_status()));
    if (!step.address) continue;
    const Ran status = co_await run_agent(step.word, "status", limit, *machine, paths, environment);
    if (parsers::owned_by_status_output(status.exited.output)) addresses_gone = false;
  }
  co_return addresses_gone;
}

}  // namespace um::heartbeat
