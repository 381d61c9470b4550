#include "ipvs/sync_daemon.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <memory>

#include <arpa/inet.h>
#include <dirent.h>
#include <fmt/format.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "ipvs/netlink.hpp"

namespace um::ipvs {
namespace {

constexpr std::uint32_t state_of(SyncRole role) {
  return role == SyncRole::kMaster ? IP_VS_STATE_MASTER : IP_VS_STATE_BACKUP;
}

Error describe(int code, const SyncDaemon& daemon) {
  switch (code) {
    case EEXIST:
      return {code, fmt::format("the {} sync daemon runs already", name_of(daemon.role))};
    case ESRCH: return {code, fmt::format("no {} sync daemon runs", name_of(daemon.role))};
    case ENODEV: return {code, fmt::format("no network interface {}", daemon.interface)};
    case EPERM: return {code, "only root may start or stop a sync daemon"};
    default: return {code, std::strerror(code)};
  }
}

std::string text_of(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, address, text.data(), text.size()) != nullptr ? text.data() : "";
}

std::optional<SyncDaemon> read_daemon(nlattr* nested) {
  std::array<nlattr*, IPVS_DAEMON_ATTR_MAX + 1> field{};
  if (nested == nullptr ||
      nla_parse_nested(field.data(), IPVS_DAEMON_ATTR_MAX, nested, nullptr) < 0 ||
      field[IPVS_DAEMON_ATTR_STATE] == nullptr)
    return {};
  SyncDaemon daemon;
  daemon.role = nla_get_u32(field[IPVS_DAEMON_ATTR_STATE]) == IP_VS_STATE_MASTER
                    ? SyncRole::kMaster
                    : SyncRole::kBackup;
  if (auto* a = field[IPVS_DAEMON_ATTR_MCAST_IFN]) daemon.interface = nla_get_string(a);
  if (auto* a = field[IPVS_DAEMON_ATTR_SYNC_ID]) daemon.sync_id = nla_get_u32(a);
  if (auto* a = field[IPVS_DAEMON_ATTR_SYNC_MAXLEN]) daemon.maxlen = nla_get_u16(a);
  if (auto* a = field[IPVS_DAEMON_ATTR_MCAST_PORT]) daemon.port = nla_get_u16(a);
  if (auto* a = field[IPVS_DAEMON_ATTR_MCAST_TTL]) daemon.ttl = nla_get_u8(a);
  if (auto* a = field[IPVS_DAEMON_ATTR_MCAST_GROUP]; a != nullptr && nla_len(a) >= 4)
    daemon.group = text_of(AF_INET, nla_data(a));
  if (auto* a = field[IPVS_DAEMON_ATTR_MCAST_GROUP6]; a != nullptr && nla_len(a) >= 16)
    daemon.group = text_of(AF_INET6, nla_data(a));
  return daemon;
}

bool put_group(nl_msg* message, const std::string& group) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, group.c_str(), bytes.data()) == 1)
    return nla_put(message, IPVS_DAEMON_ATTR_MCAST_GROUP, 4, bytes.data()) == 0;
  if (inet_pton(AF_INET6, group.c_str(), bytes.data()) == 1)
    return nla_put(message, IPVS_DAEMON_ATTR_MCAST_GROUP6, 16, bytes.data()) == 0;
  return false;
}

Result<void> send_one(Connection& connection, Message message, const SyncDaemon& daemon) {
  int error = connection.send(std::span(&message, 1)).front();
  if (error != 0) return describe(error, daemon);
  return {};
}

// "ipvs-m:0:0" is instance 0, thread 0; the instance counts network namespaces as they come.
std::optional<int> thread_instance(const std::string& name, SyncRole role) {
  const bool master = role == SyncRole::kMaster;
  if (name == (master ? "ipvs_syncmaster" : "ipvs_syncbackup")) return 0;
  const std::string_view prefix = master ? "ipvs-m:" : "ipvs-b:";
  if (!name.starts_with(prefix)) return {};
  int instance = 0;
  auto [end, failed] =
      std::from_chars(name.data() + prefix.size(), name.data() + name.size(), instance);
  return failed == std::errc{} ? std::optional(instance) : std::nullopt;
}

}  // namespace

std::string_view name_of(SyncRole role) {
  return role == SyncRole::kMaster ? "master" : "backup";
}

std::optional<SyncRole> sync_role(std::string_view name) {
  if (name == "master") return SyncRole::kMaster;
  if (name == "backup") return SyncRole::kBackup;
  return {};
}

SyncRole opposite(SyncRole role) {
  return role == SyncRole::kMaster ? SyncRole::kBackup : SyncRole::kMaster;
}

Result<std::vector<SyncDaemon>> sync_daemons() {
  auto connection = Connection::open();
  if (!connection) return connection.error();
  std::vector<SyncDaemon> found;
  auto asked = connection->ask(connection->request(IPVS_CMD_GET_DAEMON, NLM_F_DUMP),
                               [&](std::span<nlattr*> attributes) {
                                 if (auto daemon = read_daemon(attributes[IPVS_CMD_ATTR_DAEMON]))
                                   found.push_back(std::move(*daemon));
                               });
  if (!asked) return asked.error();
  std::ranges::sort(found, {}, &SyncDaemon::role);
  return found;
}

Result<void> start_sync_daemon(const SyncDaemon& daemon) {
  auto connection = Connection::open();
  if (!connection) return connection.error();
  Message message = connection->request(IPVS_CMD_NEW_DAEMON, 0);
  nlattr* nested = nla_nest_start(message.get(), IPVS_CMD_ATTR_DAEMON);
  nla_put_u32(message.get(), IPVS_DAEMON_ATTR_STATE, state_of(daemon.role));
  nla_put_string(message.get(), IPVS_DAEMON_ATTR_MCAST_IFN, daemon.interface.c_str());
  nla_put_u32(message.get(), IPVS_DAEMON_ATTR_SYNC_ID, daemon.sync_id);
  if (!daemon.group.empty() && !put_group(message.get(), daemon.group))
    return Error{EINVAL, fmt::format("\"{}\" is not a multicast address", daemon.group)};
  if (daemon.port != 0) nla_put_u16(message.get(), IPVS_DAEMON_ATTR_MCAST_PORT, daemon.port);
  if (daemon.ttl != 0) nla_put_u8(message.get(), IPVS_DAEMON_ATTR_MCAST_TTL, daemon.ttl);
  if (daemon.maxlen != 0) nla_put_u16(message.get(), IPVS_DAEMON_ATTR_SYNC_MAXLEN, daemon.maxlen);
  nla_nest_end(message.get(), nested);
  return send_one(*connection, std::move(message), daemon);
}

Result<void> stop_sync_daemon(SyncRole role) {
  auto connection = Connection::open();
  if (!connection) return connection.error();
  Message message = connection->request(IPVS_CMD_DEL_DAEMON, 0);
  nlattr* nested = nla_nest_start(message.get(), IPVS_CMD_ATTR_DAEMON);
  nla_put_u32(message.get(), IPVS_DAEMON_ATTR_STATE, state_of(role));
  nla_nest_end(message.get(), nested);
  return send_one(*connection, std::move(message), SyncDaemon{role, {}, 0, {}, 0, 0, 0});
}

std::optional<int> sync_thread_pid(SyncRole role) {
  std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), &closedir);
  if (!proc) return {};
  std::optional<int> newest_pid;
  int newest = -1;
  while (const dirent* entry = readdir(proc.get())) {
    const std::string_view number = entry->d_name;
    int pid = 0;
    auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), pid);
    if (failed != std::errc{} || *end != '\0') continue;
    std::ifstream comm(fmt::format("/proc/{}/comm", pid));
    std::string name;
    if (!std::getline(comm, name)) continue;
    auto instance = thread_instance(name, role);
    if (instance && *instance > newest) {
      newest = *instance;
      newest_pid = pid;
    }
  }
  return newest_pid;
}

}  // namespace um::ipvs
