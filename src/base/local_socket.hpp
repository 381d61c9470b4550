// local_socket.hpp - what the clients of local (Unix) sockets share: connecting, and what is left
// of a deadline.
#pragma once
#include <chrono>
#include <filesystem>

#include <sys/socket.h>

namespace um {

/// A connection to the socket at `path`, closed on exec; `type` is SOCK_STREAM or SOCK_DGRAM, with
/// SOCK_NONBLOCK or without. `patience` limits connecting, each read and each write; none: without
/// limit. -1 with errno set if there is none.
int connect_local(const std::filesystem::path& path, int type = SOCK_STREAM,
                  std::chrono::seconds patience = {});

/// For poll(): at least 0, at most an hour, rounded up.
int milliseconds_until(std::chrono::steady_clock::time_point deadline);

}  // namespace um
