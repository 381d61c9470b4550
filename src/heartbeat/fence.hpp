// fence.hpp - resetting a node by the configured device, before its resources are taken.
//
// Through cluster-glue's `stonith` command (spec heartbeat-api 12.2), or through a fence agent of
// that ecosystem with type `fence/AGENT` (decision A16). Tries once and says how it went; when to
// try again is the engine's business.
#pragma once
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/log.hpp"
#include "base/process.hpp"
#include "parsers/ha_cf.hpp"

namespace um::heartbeat {

constexpr int kFenced = 0;
constexpr int kFenceFailed = 1;
constexpr int kFenceBadHost = 100;  // the device does not know that node

/// The command that resets `node`.
Command fence_command(const parsers::Stonith& device, const std::string& node);

boost::asio::awaitable<int> fence(std::string node, std::optional<parsers::Stonith> device,
                                  Environment environment, Log& log);

}  // namespace um::heartbeat
