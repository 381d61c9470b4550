#include "heartbeat/fence.hpp"

#include <sstream>

namespace um::heartbeat {
namespace {

constexpr std::string_view kAgentPrefix = "fence/";
constexpr const char* kStonith = "/usr/sbin/stonith";
constexpr const char* kAgentDirectory = "/usr/sbin/";
constexpr int kStonithBadHost = 4;

Command agent(const parsers::Stonith& device, const std::string& node) {
  Command command;
  std::string name = device.type.substr(kAgentPrefix.size());
  if (!name.starts_with("fence_")) name = "fence_" + name;
  command.argv = {kAgentDirectory + name};
  std::istringstream words(device.parameters);
  bool plug = false;
  for (std::string word; words >> word;) {
    plug = plug || word.starts_with("plug=") || word.starts_with("port=");
    command.input += word + "\n";
  }
  command.input += "action=reboot\nnodename=" + node + "\n";
  if (!plug) command.input += "plug=" + node + "\n";
  return command;
}

}  // namespace

Command fence_command(const parsers::Stonith& device, const std::string& node) {
  if (device.type.starts_with(kAgentPrefix)) return agent(device, node);
  Command command;
  command.argv = {kStonith, "-t", device.type};
  if (device.config_file.empty())
    command.argv.insert(command.argv.end(), {"-p", device.parameters});
  else
    command.argv.insert(command.argv.end(), {"-F", device.config_file});
  command.argv.insert(command.argv.end(), {"-T", "reset", node});
  return command;
}

boost::asio::awaitable<int> fence(std::string node, std::optional<parsers::Stonith> device,
                                  Environment environment, Log& log) {
  if (!device) co_return kFenceFailed;
  log.info("Resetting node {} with [{}]", node, device->type);
  Command command = fence_command(*device, node);
  command.environment = std::move(environment);
  command.on_line = [&log](std::string_view line) {
    log.write_as("stonith", LogLevel::kInfo, line);
  };
  const bool by_agent = device->type.starts_with(kAgentPrefix);
  const Ran ran = co_await run(std::move(command));
  if (ran.exited.ok()) {
    log.info("node {} now reset.", node);
    co_return kFenced;
  }
  if (!by_agent && ran.exited.code == kStonithBadHost) {
    log.error("Device {} cannot reset host {}.", device->type, node);
    co_return kFenceBadHost;
  }
  log.error("Host {} not reset! (return code {})", node, ran.exited.shell_status());
  co_return kFenceFailed;
}

}  // namespace um::heartbeat
