// failure.hpp - how a dialogue ends early inside this room.
//
// A check is written as the protocol's dialogue; what breaks it is thrown as a Failure and becomes
// the Outcome's reason in run_check(). No Failure ever leaves the room.
#pragma once
#include <string>
#include <string_view>

#include <boost/system/error_code.hpp>

namespace um::checks {

struct Failure {
  std::string reason;
};

/// "connection refused while connecting", "timed out while waiting for the greeting"
Failure failure_of(const boost::system::error_code& error, std::string_view doing);

}  // namespace um::checks
