// sync_daemon.hpp - the kernel threads that copy connections to the other balancer.
//
// One node runs the master (sends), the other the backup (receives); the kernel allows both roles
// at once on one node, each at most once. Nothing here waits for the peer, and nothing touches the
// table of virtual services.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipvs/result.hpp"

namespace um::ipvs {

enum class SyncRole : std::uint8_t { kMaster, kBackup };
std::string_view name_of(SyncRole role);  // "master", "backup"
std::optional<SyncRole> sync_role(std::string_view name);
SyncRole opposite(SyncRole role);

struct SyncDaemon {
  SyncRole role = SyncRole::kMaster;
  std::string interface;      // the network interface the multicast goes over, e.g. eth0
  std::uint32_t sync_id = 0;  // 0..255; a backup with id 0 accepts every master
  std::string group;          // multicast group, IPv4 or IPv6; empty: the kernel's 224.0.0.81
  std::uint16_t port = 0;     // 0: the kernel's 8848
  std::uint8_t ttl = 0;       // 0: the kernel's 1
  std::uint16_t maxlen = 0;   // 0: what fits the interface's MTU

  bool operator==(const SyncDaemon&) const = default;
};

/// The daemons that run now, master first. Each field as the kernel filled it in.
Result<std::vector<SyncDaemon>> sync_daemons();
/// Starts one. Error code EEXIST: that role runs already; ENODEV: no such interface.
Result<void> start_sync_daemon(const SyncDaemon& daemon);
/// Stops the daemon of that role. Error code ESRCH: it does not run.
Result<void> stop_sync_daemon(SyncRole role);

/// The process id of the role's kernel thread (ipvs-m:I:T or ipvs-b:I:T, before Linux 2.6.39
/// ipvs_syncmaster and ipvs_syncbackup) as /proc shows it; nothing inside a PID namespace, where
/// kernel threads are invisible, or when none runs. Threads of other network namespaces carry the
/// same names and cannot be told apart: the newest instance wins.
std::optional<int> sync_thread_pid(SyncRole role);

}  // namespace um::ipvs
