#include "ldirectord/commands.hpp"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace um::ldirectord {
namespace asio = boost::asio;
namespace {

// A sub-director's stop waits for its daemon at most ten seconds (decision L22).
constexpr std::chrono::seconds kSubDirectorLimit{75};

std::vector<std::string> shell(const std::string& line) {
  return {"/bin/sh", "-c", line};
}

std::string why(const Exited& exited) {
  if (exited.error != 0) return std::strerror(exited.error);
  if (exited.signal != 0) return fmt::format("killed by signal {}", exited.signal);
  return fmt::format("exit status {}", exited.code);
}

}  // namespace

Command quiet_command(std::vector<std::string> argv) {
  Command command;
  command.argv = std::move(argv);
  command.environment = current_environment();
  command.directory = "/";
  command.output = OutputTo::kNull;
  return command;
}

void CommandQueues::add(const std::string& queue, std::vector<std::string> argv,
                        std::string shown) {
  auto& items = queues_[queue];
  items.push_back({std::move(argv), std::move(shown)});
  if (items.size() == 1) start_next(queue);
}

void CommandQueues::add_shell(const std::string& queue, const std::string& line) {
  add(queue, shell(line), line);
}

void CommandQueues::start_next(const std::string& queue) {
  const Item& item = queues_[queue].front();
  log_.debug("DEBUG2: Running system({})", item.shown);
  Process::start(executor_, quiet_command(item.argv),
                 [this, queue, alive = std::weak_ptr(alive_)](const Exited& exited) {
                   if (alive.expired()) return;
                   auto& items = queues_[queue];
                   if (!exited.ok())
                     log_.info("system({}) failed: {}", items.front().shown, why(exited));
                   items.pop_front();
                   if (items.empty())
                     queues_.erase(queue);
                   else
                     start_next(queue);
                 });
}

asio::awaitable<bool> SubDirectors::call(std::string name, std::string verb) {
  const std::string shown = fmt::format("{} {} {}", program_, name, verb);
  log_.debug("DEBUG2: Running system({})", shown);
  // `execute` goes through a shell, so quotes in its value act as shell quotes (spec
  // ldirectord-config 8).
  Command command = quiet_command(shell(shown));
  const Ran ran = co_await run(std::move(command), kSubDirectorLimit);
  if (!ran.exited.ok()) log_.info("system({}) failed: {}", shown, why(ran.exited));
  co_return ran.exited.ok();
}

asio::awaitable<void> SubDirectors::start(std::set<std::string> names) {
  names_ = std::move(names);
  for (const std::string& name : std::set(names_)) co_await call(name, "start");
}

asio::awaitable<void> SubDirectors::change(std::set<std::string> names) {
  const std::set<std::string> old = std::exchange(names_, names);
  for (const std::string& name : old)
    if (!names.contains(name)) co_await call(name, "stop");
  for (const std::string& name : names)
    if (old.contains(name) && !co_await call(name, "reload")) co_await call(name, "start");
  for (const std::string& name : names)
    if (!old.contains(name)) co_await call(name, "start");
}

asio::awaitable<void> SubDirectors::stop() {
  for (const std::string& name : std::exchange(names_, {})) co_await call(name, "stop");
}

}  // namespace um::ldirectord
