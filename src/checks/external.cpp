#include "checks/external.hpp"

#include <fmt/format.h>

#include "base/process.hpp"

namespace um::checks {
namespace {

constexpr std::size_t kKeptOutput = 4096;

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  const auto begin = text.rfind('\n');
  return std::string(begin == std::string_view::npos ? text : text.substr(begin + 1));
}

std::string words_of(const Exited& exited) {
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
  command.keep_output = kKeptOutput;
  // No limit of its own: cancelling the check at its deadline kills the command's whole process
  // group.
  const Ran ran = co_await run(std::move(command));
  const std::string said = last_line(ran.exited.output);
  co_return Outcome{
      ran.exited.ok(),
      said.empty() ? words_of(ran.exited) : fmt::format("{}: {}", words_of(ran.exited), said),
      {}};
}

}  // namespace um::checks
