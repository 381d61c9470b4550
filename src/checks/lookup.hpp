// lookup.hpp - name resolution for the few checks that meet a name (a redirect), never on the event
// loop.
#pragma once
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

namespace um::checks {

/// The first address of `host` (numeric forms at once). Cancelling the check ends the wait at once
/// although the system's resolver goes on in its own thread. Failure when there is none.
boost::asio::awaitable<boost::asio::ip::address> look_up(std::string host);

}  // namespace um::checks
