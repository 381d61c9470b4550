// reset.hpp - taking the whole machine down, when going on would be worse.
//
// Legacy order (spec heartbeat-resources 3, stop): reboot without sync, else init 6, else say so.
#pragma once
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "base/log.hpp"
#include "heartbeat/paths.hpp"

namespace um::heartbeat {

void reset_machine(boost::asio::any_io_executor executor, const Paths& paths, Log& log);

}  // namespace um::heartbeat
