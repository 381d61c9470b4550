#include "heartbeat/runtime_dirs.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.hpp"

namespace um::heartbeat {
namespace {

namespace fs = std::filesystem;

struct Owner {
  uid_t user = 0;
  gid_t group = 0;
};

/// hacluster:haclient, or root where the accounts are missing (not fatal, spec ha-cf 10).
Owner cluster_owner() {
  Owner owner;
  if (const auto identity = find_identity("hacluster")) owner.user = identity->uid;
  group entry{};
  group* found = nullptr;
  std::vector<char> buffer(16 * 1024);
  if (::getgrnam_r("haclient", &entry, buffer.data(), buffer.size(), &found) == 0 && found)
    owner.group = entry.gr_gid;
  return owner;
}

void make(const fs::path& directory, mode_t mode, Owner owner, Log& log) {
  std::error_code error;
  if (fs::is_directory(directory, error)) return;
  fs::create_directories(directory.parent_path(), error);
  if (::mkdir(directory.c_str(), mode) != 0) {
    log.error("Cannot create directory {}: {}", directory.string(), std::strerror(errno));
    return;
  }
  if (::chmod(directory.c_str(), mode) != 0 ||
      ::chown(directory.c_str(), owner.user, owner.group) != 0)
    log.warn("Cannot set the owner of {}: {}", directory.string(), std::strerror(errno));
}

}  // namespace

void make_runtime_directories(const Paths& paths, bool fresh_scratch, Log& log) {
  const Owner cluster = cluster_owner();
  make(paths.state, 0755, cluster, log);
  make(paths.cores(), 0755, {}, log);
  make(paths.root_cores(), 0700, {}, log);
  make(paths.run, 0750, cluster, log);
  for (const char* client : {"ccm", "crm", "dopd"}) make(paths.run / client, 0750, cluster, log);
  std::error_code error;
  if (fresh_scratch) fs::remove_all(paths.resource_scratch(), error);
  make(paths.resource_scratch(), 01755, {}, log);
}

void enter_working_directory(const Paths& paths, const std::string& coreroot, bool coredumps,
                             Log& log) {
  const fs::path root = coreroot.empty() ? paths.cores() : fs::path(coreroot);
  if (::chdir((root / "root").c_str()) != 0 && ::chdir(root.c_str()) != 0)
    log.error("Cannot chdir to [{}]: {}", root.string(), std::strerror(errno));
  const rlim_t most = coredumps ? RLIM_INFINITY : 0;
  const rlimit limit{most, most};
  ::setrlimit(RLIMIT_CORE, &limit);
}

}  // namespace um::heartbeat
