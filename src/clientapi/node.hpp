// node.hpp - what the client API must know of the node, and what it may ask of it.
//
// The daemon implements it over its engine; tests stand in their own.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "cluster/view.hpp"
#include "wire/message.hpp"

namespace um::clientapi {

class Node {
 public:
  virtual ~Node() = default;

  virtual const cluster::ClusterView& cluster() const = 0;
  /// none, local, foreign, all, transition.
  virtual std::string rsc_status() const = 0;
  /// The value of a single-valued ha.cf directive as written, or its default; nothing for any other
  /// name (heartbeat-api 4.2).
  virtual std::optional<std::string> parameter(std::string_view name) const = 0;

  virtual std::chrono::milliseconds deadtime() const = 0;
  virtual std::chrono::milliseconds keepalive() const = 0;
  /// The LOG_* number of the syslog facility, -1 without one.
  virtual int log_facility() const = 0;
  /// The long form of sign-on and hbparameter (decision H31): `3.0.6 (node: ...)`.
  virtual std::string version() const = 0;

  /// A message for the whole cluster, without control fields: Event LocalMessage. What it delivers
  /// to this node's clients may come before this returns.
  virtual void broadcast(wire::Message message) = 0;
};

}  // namespace um::clientapi
