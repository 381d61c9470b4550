#include "ldirectord/admin_order.hpp"

#include <cstdlib>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace um::ldirectord {
namespace {

constexpr std::string_view kMessageType = "ldirectord_admin";
constexpr const char* kFifo = "/var/lib/heartbeat/fifo";

bool means(const std::string& asked, const std::string& name) {
  return asked == name || name.substr(0, name.rfind(':')) == asked;
}

std::string_view from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

}  // namespace

std::optional<Admin> admin_of_verb(std::string_view verb) {
  if (verb == "drain") return Admin::kDrained;
  if (verb == "disable") return Admin::kDisabled;
  if (verb == "enable") return Admin::kEnabled;
  return {};
}

std::vector<Job::Use> targets_of(const Roster& roster, const AdminOrder& order) {
  std::vector<Job::Use> targets;
  for (std::size_t v = 0; v < roster.virtuals.size(); ++v) {
    const RosterVirtual& virt = roster.virtuals[v];
    if (!order.virtual_name.empty() && virt.name != order.virtual_name &&
        virt.id != order.virtual_name)
      continue;
    for (std::size_t r = 0; r < virt.reals.size(); ++r)
      if (means(order.real, virt.reals[r].name)) targets.push_back({v, r});
  }
  return targets;
}

bool remember(AdminState& state, const Roster& roster, const AdminOrder& order,
              const std::vector<Job::Use>& targets) {
  std::set<std::pair<std::string, std::string>> wishes;  // (virtual or "*", real)
  for (const Job::Use& target : targets) {
    const RosterVirtual& virt = roster.virtuals[target.virtual_index];
    wishes.emplace(order.virtual_name.empty() ? "*" : virt.name,
                   virt.reals[target.real_index].name);
  }
  for (const auto& [where, real] : wishes)
    if (!state.set(where, real, order.admin)) return false;
  return true;
}

void tell_cluster(std::string_view verb, const AdminOrder& order, const std::string& config) {
  if (from_environment("HA_t") == kMessageType) return;  // this is what the other node told us
  std::string message = fmt::format(">>>\nt={}\nconfig={}\nverb={}\nreal={}\n", kMessageType,
                                    config, verb, order.real);
  if (!order.virtual_name.empty()) message += fmt::format("virtual={}\n", order.virtual_name);
  message += "<<<\n";
  const std::string_view named = from_environment("HA_FIFO");
  const std::string path(named.empty() ? kFifo : named);
  const int fifo = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (fifo < 0) return;  // no heartbeat here
  struct stat status {};
  // One write: it must not mix with those of others.
  if (fstat(fifo, &status) == 0 && S_ISFIFO(status.st_mode) &&
      write(fifo, message.data(), message.size()) < 0)
    std::perror("ldirectord: the other nodes were not told");
  close(fifo);
}

}  // namespace um::ldirectord
