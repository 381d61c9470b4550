#include "checks/external.hpp"

#include <fmt/format.h>

#include "base/process.hpp"

namespace um::checks {
namespace {

std::string words_of(const Exited& exited) {
  if (exited.error == ECANCELED) return "timed out and killed";
  if (exited.error != 0)
    return fmt::format("cannot run: {}", std::generic_category().message(exited.error));
  if (exited.signal != 0) return fmt::format("killed by signal {}", exited.signal);
  return fmt::format("exit status {}", exited.code);
}

}  // namespace

boost::asio::awaitable<Outcome> check_external(const Probe& probe) {
  Command command;
  if (probe.check_type == "external-perl") command.argv.emplace_back("/usr/bin/perl");
  command.argv.push_back(probe.command);
  command.argv.insert(command.argv.end(), probe.command_arguments.begin(),
                      probe.command_arguments.end());
  command.environment = current_environment();
  command.keep_output = 0;
  // What it said last is the reason that people look for, also when it did not finish.
  const auto said = std::make_shared<std::string>();
  command.on_line = [said](std::string_view line) {
    if (!line.empty()) *said = line;
  };
  // No limit of its own: cancelling the check at its deadline kills the command's whole process
  // group.
  const Ran ran = co_await run(std::move(command));
  co_return Outcome{
      ran.exited.ok(),
      said->empty() ? words_of(ran.exited) : fmt::format("{}: {}", words_of(ran.exited), *said),
      {}};
}

}  // namespace um::checks
