// connect.hpp - what the clients of local sockets share: connecting, and what is left of a
// deadline.
#pragma once
#include <chrono>
#include <filesystem>

namespace um::clientapi {

/// A blocking stream connection, or -1 with errno set.
int connect_local(const std::filesystem::path& path);

/// For poll(): at least 0, at most an hour, rounded up.
int milliseconds_until(std::chrono::steady_clock::time_point deadline);

}  // namespace um::clientapi
