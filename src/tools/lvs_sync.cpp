#include "tools/lvs_sync.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <sys/stat.h>

namespace um::tools {
namespace {

namespace fs = std::filesystem;
using ipvs::SyncRole;

/// What is left of `text` after `prefix`; nothing when it begins otherwise.
std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return {};
  return text.substr(prefix.size());
}

/// The number if the whole text is one and it is not above `largest`.
std::optional<unsigned> number(std::string_view text, unsigned largest) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > largest) return {};
  return value;
}

/// Whether a thread of this name has the role and index 0 (there is one thread per sync port), in
/// an instance that can be ours.
bool matches(std::string_view name, SyncRole role, bool initial_namespace) {
  const std::string word(name_of(role));
  if (name == "ipvs_sync" + word || name == "ipvs sync" + word || name == "ipvs_" + word + ":0")
    return true;
  const auto rest = after(name, role == SyncRole::kMaster ? "ipvs-m:" : "ipvs-b:");
  if (!rest) return false;
  const std::size_t colon = rest->find(':');
  if (colon == std::string_view::npos || rest->substr(colon + 1) != "0") return false;
  return (rest->substr(0, colon) == "0") == initial_namespace;
}

std::vector<Thread> all_threads() {
  std::vector<Thread> threads;
  std::error_code error;
  for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename();
    const auto pid = number(name, 1U << 30);
    if (!pid) continue;
    std::ifstream comm(it->path() / "comm");
    Thread thread{static_cast<int>(*pid), {}};
    if (std::getline(comm, thread.name)) threads.push_back(std::move(thread));
  }
  return threads;
}

/// Kernel threads live in the initial namespaces; pid 2 is their parent. Where it cannot be seen,
/// no kernel thread can.
bool in_initial_namespace() {
  struct stat own {
  }, kernel{};
  return stat("/proc/self/ns/net", &own) == 0 && stat("/proc/2/ns/net", &kernel) == 0 &&
         own.st_dev == kernel.st_dev && own.st_ino == kernel.st_ino;
}

std::string reason(const ipvs::Error& error) {
  switch (error.code) {
    case 0: return error.message;
    case EEXIST: return "Daemon has already run";
    case ESRCH: return "No daemon is running";
    default: return std::strerror(error.code);
  }
}

int print_daemons() {
  const auto daemons = ipvs::sync_daemons();
  if (!daemons) {
    std::cerr << reason(daemons.error()) << '\n';
    return 255;
  }
  const auto threads = daemons->empty() ? std::vector<Thread>() : all_threads();
  for (const ipvs::SyncDaemon& daemon : *daemons) {
    const auto pid = thread_of(daemon.role, threads, in_initial_namespace());
    std::cout << name_of(daemon.role) << ' ' << (pid ? std::to_string(*pid) : "-") << '\n';
  }
  return 0;
}

SyncCommand refused(std::string complaint, int exit_code) {
  SyncCommand command;
  command.complaint = std::move(complaint);
  command.exit_code = exit_code;
  return command;
}

}  // namespace

std::optional<int> thread_of(SyncRole role, std::span<const Thread> threads,
                             bool initial_namespace) {
  std::optional<int> lowest;
  for (const Thread& thread : threads)
    if (matches(thread.name, role, initial_namespace) && (!lowest || thread.pid < *lowest))
      lowest = thread.pid;
  return lowest;
}

SyncCommand parse_sync_command(std::span<const std::string_view> words) {
  constexpr const char* kHint = "Try `ipvsadm -h' or 'ipvsadm --help' for more information.";
  SyncCommand command;
  if (words.size() == 1 && words[0] == "daemons") return command;
  if (words.size() < 2 || (words[0] != "--start-daemon" && words[0] != "--stop-daemon"))
    return refused(kHint, 255);
  command.kind = words[0] == "--stop-daemon" ? SyncCommand::Kind::kStop : SyncCommand::Kind::kStart;
  const auto role = ipvs::sync_role(words[1]);
  if (!role) return refused("illegal start-daemon parameter specified", 2);
  command.daemon.role = *role;
  command.daemon.interface = "eth0";
  for (const std::string_view word : words.subspan(2)) {
    if (auto value = after(word, "--mcast-interface=")) {
      command.daemon.interface = *value;
    } else if (auto id = after(word, "--syncid=")) {
      const auto parsed = number(*id, 255);
      if (!parsed) return refused("illegal syncid specified", 2);
      command.daemon.sync_id = *parsed;
    } else if (auto group = after(word, "--mcast-group=")) {
      command.daemon.group = *group;
    } else if (auto port = after(word, "--mcast-port=")) {
      const auto parsed = number(*port, 65535);
      if (!parsed || *parsed == 0) return refused("illegal mcast-port specified", 2);
      command.daemon.port = static_cast<std::uint16_t>(*parsed);
    } else if (auto ttl = after(word, "--mcast-ttl=")) {
      const auto parsed = number(*ttl, 255);
      if (!parsed || *parsed == 0) return refused("illegal mcast-ttl specified", 2);
      command.daemon.ttl = static_cast<std::uint8_t>(*parsed);
    } else if (auto maxlen = after(word, "--sync-maxlen=")) {
      const auto parsed = number(*maxlen, 65535 - 20 - 8);
      if (!parsed || *parsed == 0) return refused("illegal sync-maxlen specified", 2);
      command.daemon.maxlen = static_cast<std::uint16_t>(*parsed);
    } else {
      return refused(kHint, 255);
    }
  }
  return command;
}

int run_sync_command(const SyncCommand& command) {
  if (!command.complaint.empty()) {
    std::cerr << command.complaint << '\n';
    return command.exit_code;
  }
  if (command.kind == SyncCommand::Kind::kDaemons) return print_daemons();
  const auto result = command.kind == SyncCommand::Kind::kStart
                          ? ipvs::start_sync_daemon(command.daemon)
                          : ipvs::stop_sync_daemon(command.daemon.role);
  if (result) return 0;
  std::cerr << reason(result.error()) << '\n';
  return 255;
}

}  // namespace um::tools
