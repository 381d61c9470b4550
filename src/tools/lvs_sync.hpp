// lvs_sync.hpp - the IPVS sync daemons for LVSSyncDaemonSwap: ipvsadm's words over our netlink.
//
// Options, error texts and exit codes are those of ipvsadm 1.31 (spec resource-scripts 2.4),
// because the script passes them on to people who know them.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ipvs/sync_daemon.hpp"

namespace um::tools {

struct Thread {
  int pid = 0;
  std::string name;  // /proc/PID/comm
};

/// The thread with index 0 of a role, by the names of every kernel so far: `ipvs-m:G:0`,
/// `ipvs_master:0`, `ipvs_syncmaster`, `ipvs syncmaster` (and the backup forms). G counts the IPVS
/// instances, one per network namespace: 0 in the initial one. Elsewhere it cannot be known which
/// number is ours, so the lowest pid of the others is taken.
std::optional<int> thread_of(ipvs::SyncRole role, std::span<const Thread> threads,
                             bool initial_namespace);

struct SyncCommand {
  enum class Kind { kDaemons, kStart, kStop };
  Kind kind = Kind::kDaemons;
  ipvs::SyncDaemon daemon;
  std::string complaint;  // not empty: what ipvsadm would say of these arguments
  int exit_code = 0;      // and how it would end then
};

/// `daemons`, or ipvsadm's `--start-daemon ROLE [--mcast-interface=IF] [--syncid=N]
/// [--mcast-group=A] [--mcast-port=N] [--mcast-ttl=N] [--sync-maxlen=N]`, `--stop-daemon ROLE`.
SyncCommand parse_sync_command(std::span<const std::string_view> words);

int run_sync_command(const SyncCommand& command);

}  // namespace um::tools
