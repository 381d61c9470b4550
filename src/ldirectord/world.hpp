// world.hpp - the director's Outside in the running daemon: log, monitor files, commands, mail,
// maintenance files and the operator's wishes.
#pragma once
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "base/log.hpp"
#include "ldirectord/admin_state.hpp"
#include "ldirectord/alerts.hpp"
#include "ldirectord/commands.hpp"
#include "ldirectord/director.hpp"
#include "ldirectord/maintenance.hpp"

namespace um::ldirectord {

class World final : public Outside {
 public:
  World(const boost::asio::any_io_executor& executor, Log& log, AdminState& admin);

  void log(std::string_view line) override;
  void warn(std::string_view line) override;
  void notify(const RosterVirtual& v, const Notice& notice) override;
  void fallback_command(const RosterVirtual& v, std::string_view verb) override;
  void monitor(const RosterVirtual& v, const RosterReal& real, bool up,
               std::string_view text) override;
  bool in_maintenance(const RosterReal& real) override;
  Admin admin_of(const RosterVirtual& v, const RosterReal& real) override;

  void follow(const Roster& roster);
  CommandQueues& commands() { return commands_; }
  Alerts& alerts() { return alerts_; }

 private:
  Log& log_;
  AdminState& admin_;
  CommandQueues commands_;
  Maintenance maintenance_;
  Alerts alerts_;
};

/// One line of a monitor file: `[DATE] [PID] REALID [up|down] TEXT` (spec ldirectord-runtime 10).
std::string monitor_line(std::chrono::system_clock::time_point time, int pid,
                         const RosterReal& real, bool up, std::string_view text);

}  // namespace um::ldirectord
