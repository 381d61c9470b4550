#include "heartbeat/reset.hpp"

#include "base/process.hpp"

namespace um::heartbeat {
namespace {

void attempt(const boost::asio::any_io_executor& executor, std::vector<std::string> argv,
             Process::Handler on_failure) {
  Command command;
  command.argv = std::move(argv);
  command.environment = current_environment();
  command.output = OutputTo::kNull;
  Process::start(executor, std::move(command), [on_failure](const Exited& exited) {
    if (!exited.ok()) on_failure(exited);
  });
}

}  // namespace

void reset_machine(boost::asio::any_io_executor executor, const Paths& paths, Log& log) {
  log.crit("Rebooting this machine now.");
  log.flush();
  attempt(executor, {paths.reboot, "-nf"}, [executor, &paths, &log](const Exited&) {
    attempt(executor, {paths.init, "6"},
            [&log](const Exited&) { log.crit("Unable to force reboot."); });
  });
}

}  // namespace um::heartbeat
