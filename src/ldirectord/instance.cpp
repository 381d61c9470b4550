#include "ldirectord/instance.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace um::ldirectord {
namespace {

constexpr const char* kDirectory = "/run/ldirectord";

// A path as one file name: "/etc/ha.d/ldirectord.cf" is "etc-ha.d-ldirectord.cf". A '-' of the path
// itself is doubled, so different paths stay different.
std::string escaped(const std::string& path) {
  std::string name;
  for (char c : path) {
    if (c == '/') {
      if (!name.empty()) name += '-';
    } else {
      name += c == '-' ? "--" : std::string(1, c);
    }
  }
  return name;
}

std::string lock_path(const std::string& config) {
  return fmt::format("{}/{}.lock", kDirectory, escaped(config));
}

std::optional<pid_t> first_line_pid(const std::string& path) {
  std::ifstream in(path);
  pid_t pid = 0;
  if (!(in >> pid) || pid <= 0) return {};
  return pid;
}

bool is_ldirectord(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/cmdline", pid), std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str().find("ldirectord") != std::string::npos;
}

// The holder of a lock writes pid, instance and state into it, one a line.
std::optional<Running> holder(const std::string& config) {
  const int file = open(lock_path(config).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  const bool held = flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  std::array<char, 512> text{};
  const ssize_t size = read(file, text.data(), text.size() - 1);
  close(file);
  if (!held || size <= 0) return {};
  std::istringstream lines(text.data());
  Running running;
  std::string state;
  if (!(lines >> running.pid >> running.instance)) return {};
  lines >> state;
  running.stopping = state == "stopping";
  return running;
}

}  // namespace

std::string instance_name(const std::optional<std::string>& config) {
  if (!config) return "ldirectord";
  const std::size_t slash = config->rfind('/');
  return slash == std::string::npos ? *config : config->substr(slash + 1);
}

std::string pid_file(const std::string& instance) {
  return fmt::format("/var/run/ldirectord.{}.pid", instance);
}

PidFile look_at_pid_file(const std::string& path) {
  PidFile found;
  const auto pid = first_line_pid(path);
  // An empty file counts as none (spec ldirectord-config 10).
  found.exists = pid.has_value();
  if (pid && is_ldirectord(*pid)) found.live = pid;
  return found;
}

std::optional<Running> find_running(const std::string& instance, const std::string& config) {
  if (!config.empty())
    if (auto running = holder(config)) return running;
  if (auto live = look_at_pid_file(pid_file(instance)).live) return Running{*live, instance, false};
  return {};
}

bool wait_gone(const Running& running, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (is_ldirectord(running.pid)) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

std::optional<InstanceLock> InstanceLock::take(const std::string& config,
                                               const std::string& instance) {
  mkdir(kDirectory, 0755);
  const int file = open(lock_path(config).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return InstanceLock(-1, instance);  // no /run: nobody else can hold it either
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    close(file);
    return {};
  }
  InstanceLock lock(file, instance);
  lock.sign();
  return lock;
}

InstanceLock::InstanceLock(InstanceLock&& other) noexcept
    : file_(std::exchange(other.file_, -1)), instance_(std::move(other.instance_)) {}

InstanceLock::~InstanceLock() {
  if (file_ >= 0) close(file_);
}

void InstanceLock::sign(bool stopping) {
  if (file_ < 0) return;
  const std::string text =
      fmt::format("{}\n{}\n{}\n", getpid(), instance_, stopping ? "stopping" : "running");
  if (ftruncate(file_, 0) != 0 ||
      pwrite(file_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return;  // the lock itself holds; only its holder's name is missing
}

std::string socket_path(const std::string& config) {
  return fmt::format("{}/{}.sock", kDirectory, escaped(config));
}

}  // namespace um::ldirectord
