#include "heartbeat/role.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/process.hpp"

namespace um::heartbeat {
namespace {

constexpr const char* kVariable = "UM_HEARTBEAT_ROLE";
constexpr std::string_view kEngineTitle = "heartbeat: master control process";

std::string_view word(std::string_view& text) {
  const std::size_t end = text.find(' ');
  const std::string_view out = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return out;
}

bool read_number(std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string encode(const RoleOrder& order) {
  return fmt::format("{} {} {} {} {} {} {}", order.role == Role::kEngine ? "engine" : "guardian",
                     order.debug, order.manage_resources ? 1 : 0, order.realtime ? 1 : 0,
                     order.quiet ? 1 : 0, order.engine, order.held.empty() ? "-" : order.held);
}

std::optional<RoleOrder> decode_order(std::string_view text) {
  RoleOrder order;
  const std::string_view role = word(text);
  if (role != "engine" && role != "guardian") return std::nullopt;
  order.role = role == "engine" ? Role::kEngine : Role::kGuardian;
  int manage = 0, realtime = 0, quiet = 0;
  for (int* number : {&order.debug, &manage, &realtime, &quiet, &order.engine})
    if (!read_number(word(text), *number)) return std::nullopt;
  order.manage_resources = manage != 0;
  order.realtime = realtime != 0;
  order.quiet = quiet != 0;
  if (text != "-") order.held = text;
  return order;
}

std::optional<RoleOrder> take_order() {
  const char* const text = std::getenv(kVariable);
  if (text == nullptr) return std::nullopt;
  const std::optional<RoleOrder> order = decode_order(text);
  ::unsetenv(kVariable);
  return order;
}

std::string own_program() {
  std::error_code error;
  std::string program = std::filesystem::read_symlink("/proc/self/exe", error).string();
  constexpr std::string_view kDeleted = " (deleted)";
  if (program.ends_with(kDeleted)) program.resize(program.size() - kDeleted.size());
  return program;
}

pid_t start_role(const std::string& program, const RoleOrder& order, int link) {
  std::string title = order.role == Role::kEngine ? std::string(kEngineTitle) : program;
  std::array<char*, 2> argv = {title.data(), nullptr};
  Environment environment = current_environment();
  environment[kVariable] = encode(order);
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> envp;
  for (std::string& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);

  const pid_t pid = ::fork();
  if (pid != 0) return pid < 0 ? 0 : pid;
  // Only system calls from here on: the caller may have threads.
  const int moved = ::fcntl(link, F_DUPFD, 10);
  ::dup2(moved, kLinkFd);
  ::syscall(SYS_close_range, kLinkFd + 1, ~0U, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(program.c_str(), argv.data(), envp.data());
  ::_exit(127);
}

void detach_standard_streams() {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return;
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, stream);
  if (null > STDERR_FILENO) ::close(null);
}

}  // namespace um::heartbeat
