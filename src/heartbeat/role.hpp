// role.hpp - which of heartbeat's two processes this one is, and how one starts the other.
//
// Guardian and engine execute the same program file. The role and what the new process must know
// travel in one environment variable, so that the process list shows the legacy title and nothing
// else; the variable never reaches scripts or clients.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace um::heartbeat {

enum class Role : std::uint8_t { kGuardian, kEngine };

struct RoleOrder {
  Role role = Role::kEngine;
  int debug = 0;
  bool manage_resources = true;
  bool realtime = true;
  bool quiet = false;  // the starter is gone or has been answered: nothing on stderr
  std::string held;    // engine: what the one before held; empty at a first start
  pid_t engine = 0;    // guardian: whom to guard

  bool operator==(const RoleOrder&) const = default;
};

/// The descriptor of the link in a process started with an order.
constexpr int kLinkFd = 3;

std::string encode(const RoleOrder& order);
std::optional<RoleOrder> decode_order(std::string_view text);

/// The order this process was started with, once; it is removed from the environment.
std::optional<RoleOrder> take_order();

/// The program file to start the other process from, as it is named now (an upgraded package: the
/// new one).
std::string own_program();

/// Starts the other process with `link` as kLinkFd. 0 with errno set when that failed.
pid_t start_role(const std::string& program, const RoleOrder& order, int link);

/// From here on stdin, stdout and stderr are /dev/null: whoever started us waits for their end.
void detach_standard_streams();

}  // namespace um::heartbeat
