// readiness.hpp - waiting for a socket that belongs to a client library.
#pragma once
#include <chrono>
#include <string_view>

#include <boost/asio/awaitable.hpp>

namespace um::checks {

enum class Direction : std::uint8_t { kRead, kWrite };

/// Returns when `socket` can be read or written without blocking. The descriptor stays the
/// library's, which may close it at any time afterwards. `limit` bounds this wait alone, zero means
/// only the check's own deadline does. Failure when either passes: "timed out while {doing}".
boost::asio::awaitable<void> ready(int socket, Direction direction, std::string_view doing,
                                   std::chrono::milliseconds limit = {});

}  // namespace um::checks
