// announcer.hpp - tells the neighbours again where the held addresses live.
//
// For every address that our scripts have added and not taken off (address/owned.hpp): its
// gratuitous ARP or neighbour advertisement frames, spread over time as its own script spreads
// them. Asked for by the engine after a merge, a conflict or a peer's return.
#pragma once
#include <filesystem>

#include <boost/asio/any_io_executor.hpp>

#include "base/log.hpp"

namespace um::heartbeat {

/// Returns at once. An address that is no longer there is left out.
void announce_held_addresses(boost::asio::any_io_executor executor,
                             const std::filesystem::path& owned, Log& log);

}  // namespace um::heartbeat
