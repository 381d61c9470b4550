#include "address/packet_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <thread>

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace um::address {
namespace {

Failure system_failure(int number) {
  return {std::strerror(number)};
}

}  // namespace

Result<PacketSocket> PacketSocket::open(const Link& link) {
  // Protocol 0: nothing is ever delivered to this socket.
  const int descriptor = ::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return system_failure(errno);
  return PacketSocket(descriptor, link.index);
}

PacketSocket::PacketSocket(PacketSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), link_(other.link_) {}

PacketSocket& PacketSocket::operator=(PacketSocket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(link_, other.link_);
  return *this;
}

PacketSocket::~PacketSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> PacketSocket::send(const Frame& frame) const {
  // sockaddr_ll has room for 8 bytes of address; InfiniBand's 20 go beyond it, as the kernel
  // allows.
  union {
    sockaddr_ll header;
    std::uint8_t room[offsetof(sockaddr_ll, sll_addr) + 32];
  } to{};
  const std::size_t length = std::min<std::size_t>(frame.destination.size(), 32);
  to.header.sll_family = AF_PACKET;
  to.header.sll_protocol = htons(frame.protocol);
  to.header.sll_ifindex = link_;
  to.header.sll_halen = static_cast<unsigned char>(length);
  std::copy_n(frame.destination.begin(), length, to.room + offsetof(sockaddr_ll, sll_addr));
  const auto size = std::max(sizeof(sockaddr_ll), offsetof(sockaddr_ll, sll_addr) + length);
  if (::sendto(descriptor_, frame.payload.data(), frame.payload.size(), MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&to), static_cast<socklen_t>(size)) < 0)
    return system_failure(errno);
  return {};
}

Result<void> announce(const Link& link, const Announcement& announcement) {
  const auto socket = PacketSocket::open(link);
  if (!socket) return socket.error();
  Result<void> result;
  const auto start = std::chrono::steady_clock::now();
  for (int n = 0; n < announcement.size(); ++n) {
    std::this_thread::sleep_until(start + announcement.due(n));
    if (auto sent = socket->send(announcement.frame(n)); !sent) result = sent;
  }
  return result;
}

}  // namespace um::address
