#include "ldirectord/world.hpp"

#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

#include "ldirectord/log_lines.hpp"

namespace um::ldirectord {
namespace {

// Colons become single blanks, the quoting backslashes go.
std::string plain_identity(const std::string& identity) {
  std::string plain;
  for (char c : identity) {
    if (c == '\\') continue;
    if (c != ':')
      plain += c;
    else if (!plain.ends_with(' '))
      plain += ' ';
  }
  return plain;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '%': out += "%25"; break;
      case '|': out += "%7c"; break;
      case '\r': out += "%0d"; break;
      case '\n': out += "%0a"; break;
      default: out += c;
    }
  }
  return out.empty() ? "-" : out;
}

}  // namespace

std::string monitor_line(std::chrono::system_clock::time_point time, int pid,
                         const RosterReal& real, bool up, std::string_view text) {
  return fmt::format("[{}] [{}] {} [{}] {}\n", ctime_text(time), pid, plain_identity(real.identity),
                     up ? "up" : "down", escaped(text));
}

World::World(const boost::asio::any_io_executor& executor, Log& log, AdminState& admin)
    : log_(log),
      admin_(admin),
      commands_(executor, log),
      maintenance_(executor),
      alerts_(executor, log) {}

void World::log(std::string_view line) {
  if (log_.debugging()) log_.debug("DEBUG2: {}", line);
  log_.write(LogLevel::kInfo, line);
}

void World::warn(std::string_view line) {
  log_.write(LogLevel::kWarn, line);
}

void World::notify(const RosterVirtual& v, const Notice& notice) {
  alerts_.add(v, notice);
}

void World::fallback_command(const RosterVirtual& v, std::string_view verb) {
  // A mark has no address: its number stands for it (decision L13).
  commands_.add_shell(
      v.id, fmt::format("{} {} {} {}", v.rules.fallback_command, verb, v.name, v.protocol));
}

void World::monitor(const RosterVirtual& v, const RosterReal& real, bool up,
                    std::string_view text) {
  std::ofstream(v.monitor_file, std::ios::app)
      << monitor_line(std::chrono::system_clock::now(), getpid(), real, up, text);
}

bool World::in_maintenance(const RosterReal& real) {
  return maintenance_.contains(real);
}

Admin World::admin_of(const RosterVirtual& v, const RosterReal& real) {
  return admin_.find(v.name, real.name);
}

void World::follow(const Roster& roster) {
  maintenance_.use_directory(roster.globals.maintenance_dir.value_or(""));
  alerts_.follow(roster);
}

}  // namespace um::ldirectord
