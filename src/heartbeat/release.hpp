// release.hpp - the last resort: giving up held resources without an engine (decision H28).
//
// Addresses go first, in all groups, because an address on two nodes is what hurts at once; then
// the rest of each group right to left. Each stop has one try and a limit.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/log.hpp"
#include "base/process.hpp"
#include "heartbeat/paths.hpp"

namespace um::heartbeat {

/// One resource word in the order in which release() stops them.
struct ReleaseStep {
  std::string word;
  bool address = false;  // IPaddr, IPaddr2, IPv6addr, IPsrcaddr, or a bare address
};
std::vector<ReleaseStep> release_order(const std::vector<std::vector<std::string>>& groups);

/// True when every address is gone, as its script's `status` says.
boost::asio::awaitable<bool> release(std::vector<std::vector<std::string>> groups,
                                     std::chrono::milliseconds limit, const Paths& paths,
                                     Environment environment, Log& log);

}  // namespace um::heartbeat
