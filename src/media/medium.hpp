// medium.hpp - one way by which heartbeats travel: a broadcast domain, a peer, a cable, a ping.
//
// Spec: heartbeat wire 4. A medium moves bytes; it knows no keys and judges nothing. Sending never
// blocks, never throws and never fails towards the caller: what cannot be sent is dropped, counted
// and logged at a bounded rate (send_trouble.hpp), and a medium whose interface, address or device
// is gone opens again by itself when that comes back - looked at each time something is sent, which
// is at least once per keepalive. Packets are handed over on the executor's loop.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "wire/codec.hpp"

namespace um::media {

/// Where a medium's log lines go. The texts are the legacy daemon's where it had one (wire 9.1).
using Say = std::function<void(LogLevel level, const std::string& text)>;

using OnPacket = std::function<void(std::string_view packet)>;

class Medium {
 public:
  Medium(std::string type, std::string link) : type_(std::move(type)), link_(std::move(link)) {}
  virtual ~Medium() = default;
  Medium(const Medium&) = delete;
  Medium& operator=(const Medium&) = delete;

  /// "bcast", "mcast", "ucast", "ucast6", "mcast6", "serial", "ping", "ping_group", "ping6".
  const std::string& type() const { return type_; }
  /// Interface, tty, ping host or group: the link name of the log and the client API. Not unique.
  const std::string& link() const { return link_; }

  /// Opens and begins to receive. Returns why it never can (no permission, port in use); a missing
  /// interface, address or device is no failure: it is logged, and waited for.
  virtual std::optional<std::string> start(OnPacket on_packet) = 0;

  virtual void send(std::string_view packet) = 0;

  /// The message that goes out here when the node sends `message`: that one, but on ping media a
  /// signed echo for each status and nothing for the rest.
  virtual std::optional<wire::Message> carried(const wire::Message& message) const {
    return message;
  }
  /// False for a genuine message that this medium would not have brought: another ping medium's
  /// echo.
  virtual bool accepts(const wire::Message&) const { return true; }
  /// The form a message takes here.
  virtual wire::Form form(const wire::Message& message, wire::Form configured) const {
    return wire::datagram_form(message, configured);
  }

 private:
  std::string type_;
  std::string link_;
};

}  // namespace um::media
