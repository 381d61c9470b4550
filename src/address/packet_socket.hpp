// packet_socket.hpp - puts frames on one link's wire.
#pragma once
#include "address/findif.hpp"
#include "address/frames.hpp"

namespace um::address {

class PacketSocket {
 public:
  /// Needs CAP_NET_RAW. Receives nothing.
  static Result<PacketSocket> open(const Link& link);
  PacketSocket(PacketSocket&& other) noexcept;
  PacketSocket& operator=(PacketSocket&& other) noexcept;
  ~PacketSocket();

  /// Never blocks for long: a full queue is a failure.
  Result<void> send(const Frame& frame) const;

 private:
  PacketSocket(int descriptor, int link) : descriptor_(descriptor), link_(link) {}

  int descriptor_ = -1;
  int link_ = 0;
};

/// Sends a whole announcement, sleeping between its frames. Goes on after a frame that could not be
/// sent; the last failure is the result.
Result<void> announce(const Link& link, const Announcement& announcement);

}  // namespace um::address
