#include "media/udp_socket.hpp"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/ioctl.h>

namespace um::media {
namespace {

constexpr int kBufferSize = 1 << 20;

// One socket under construction: the first step that fails is remembered, later ones are skipped.
class Maker {
 public:
  explicit Maker(int family) : fd_(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    if (!fd_) fail("cannot create a socket");
  }

  template <class T>
  Maker& option(int level, int name, const T& value, std::string_view what) {
    if (ok() && ::setsockopt(fd_.get(), level, name, &value, sizeof value) != 0) fail(what);
    return *this;
  }
  Maker& on(int level, int name, std::string_view what) { return option(level, name, 1, what); }

  // A wish, not a need: bursts after a pause of ours are longer than the default buffer.
  Maker& big_buffers() {
    if (!ok()) return *this;
    for (int name : {SO_RCVBUF, SO_SNDBUF})
      ::setsockopt(fd_.get(), SOL_SOCKET, name, &kBufferSize, sizeof kBufferSize);
    return *this;
  }

  Maker& bind_device(const std::string& interface) {
    auto size = static_cast<socklen_t>(interface.size());
    if (ok() && ::setsockopt(fd_.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(), size) != 0)
      fail("cannot bind to interface " + interface);
    return *this;
  }

  Maker& bind(const Address& address, std::uint16_t port) {
    const auto* raw = reinterpret_cast<const sockaddr*>(&address.storage);
    if (ok() && ::bind(fd_.get(), raw, address.size) != 0)
      fail(fmt::format("cannot bind to port {}", port));
    return *this;
  }

  bool ok() const { return reason_.empty(); }
  OpenFailure failure() const { return {reason_, may_pass_}; }
  Fd take() { return std::move(fd_); }

 private:
  void fail(std::string_view what) {
    reason_ = fmt::format("{}: {}", what, std::strerror(errno));
    may_pass_ = errno == ENODEV || errno == ENXIO || errno == EADDRNOTAVAIL || errno == ENETDOWN;
  }

  Fd fd_;
  std::string reason_;
  bool may_pass_ = false;
};

Address ipv4(in_addr address, std::uint16_t port) {
  Address out;
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  in.sin_addr = address;
  std::memcpy(&out.storage, &in, sizeof in);
  out.size = sizeof in;
  return out;
}

Address ipv6(const in6_addr& address, std::uint16_t port, unsigned scope) {
  Address out;
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  in.sin6_addr = address;
  in.sin6_scope_id = scope;
  std::memcpy(&out.storage, &in, sizeof in);
  out.size = sizeof in;
  return out;
}

bool needs_scope(const in6_addr& address) {
  return IN6_IS_ADDR_LINKLOCAL(&address) || IN6_IS_ADDR_MC_LINKLOCAL(&address) ||
         IN6_IS_ADDR_MC_NODELOCAL(&address);
}

std::optional<in_addr> broadcast_of(const std::string& interface) {
  Fd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  interface.copy(request.ifr_name, sizeof request.ifr_name - 1);
  if (!any || ::ioctl(any.get(), SIOCGIFBRDADDR, &request) != 0) return std::nullopt;
  sockaddr_in in{};
  std::memcpy(&in, &request.ifr_broadaddr, sizeof in);
  if (in.sin_addr.s_addr == INADDR_ANY) return std::nullopt;
  return in.sin_addr;
}

using Opened = std::variant<UdpSockets, OpenFailure>;

Opened both(Maker& send, Maker& receive, const Address& to) {
  if (!send.ok()) return send.failure();
  if (!receive.ok()) return receive.failure();
  return UdpSockets{send.take(), receive.take(), to};
}

// Without this a reader bound to ANY also gets groups that other sockets joined (wire 4).
Maker& own_groups_only(Maker& maker) {
  return maker.option(IPPROTO_IP, IP_MULTICAST_ALL, 0, "cannot clear IP_MULTICAST_ALL");
}

Opened open(const parsers::Bcast& route) {
  auto to = broadcast_of(route.interface);
  if (!to)
    return OpenFailure{fmt::format("interface {} has no broadcast address", route.interface), true};
  Maker send(AF_INET), receive(AF_INET);
  send.on(SOL_SOCKET, SO_BROADCAST, "cannot set SO_BROADCAST")
      .on(SOL_SOCKET, SO_DONTROUTE, "cannot set SO_DONTROUTE")
      .bind_device(route.interface);
  receive.on(SOL_SOCKET, SO_REUSEADDR, "cannot set SO_REUSEADDR")
      .bind_device(route.interface)
      .big_buffers();
  own_groups_only(receive).bind(ipv4({INADDR_ANY}, route.port), route.port);
  return both(send, receive, ipv4(*to, route.port));
}

Opened open(const parsers::Ucast& route) {
  in_addr peer{};
  if (::inet_pton(AF_INET, route.address.c_str(), &peer) != 1)
    return OpenFailure{fmt::format("host {} has no IPv4 address", route.host)};
  Maker send(AF_INET), receive(AF_INET);
  send.option(IPPROTO_IP, IP_TOS, int{IPTOS_LOWDELAY}, "cannot set IPTOS_LOWDELAY")
      .bind_device(route.interface)
      .on(SOL_SOCKET, SO_REUSEPORT, "cannot set SO_REUSEPORT");
  receive.on(SOL_SOCKET, SO_REUSEADDR, "cannot set SO_REUSEADDR")
      .bind_device(route.interface)
      .on(SOL_SOCKET, SO_REUSEPORT, "cannot set SO_REUSEPORT")
      .big_buffers();
  own_groups_only(receive).bind(ipv4({INADDR_ANY}, route.port), route.port);
  return both(send, receive, ipv4(peer, route.port));
}

Opened open(const parsers::Mcast& route) {
  ip_mreqn group{};
  if (::inet_pton(AF_INET, route.group.c_str(), &group.imr_multiaddr) != 1)
    return OpenFailure{fmt::format("{} is no IPv4 address", route.group)};
  group.imr_ifindex = static_cast<int>(::if_nametoindex(route.interface.c_str()));
  if (group.imr_ifindex == 0)
    return OpenFailure{fmt::format("there is no interface {}", route.interface), true};
  Maker send(AF_INET), receive(AF_INET);
  send.option(IPPROTO_IP, IP_MULTICAST_IF, group, "cannot set IP_MULTICAST_IF")
      .option(IPPROTO_IP, IP_MULTICAST_LOOP, int{route.loop}, "cannot set IP_MULTICAST_LOOP")
      .option(IPPROTO_IP, IP_MULTICAST_TTL, int{route.ttl}, "cannot set IP_MULTICAST_TTL");
  receive.on(SOL_SOCKET, SO_REUSEADDR, "cannot set SO_REUSEADDR").big_buffers();
  own_groups_only(receive)
      .bind(ipv4(group.imr_multiaddr, route.port), route.port)
      .option(IPPROTO_IP, IP_ADD_MEMBERSHIP, group, "cannot join group " + route.group);
  return both(send, receive, ipv4(group.imr_multiaddr, route.port));
}

Opened open(const parsers::Ucast6& route) {
  in6_addr peer{};
  if (::inet_pton(AF_INET6, route.address.c_str(), &peer) != 1)
    return OpenFailure{fmt::format("{} is no IPv6 address", route.address)};
  unsigned index = ::if_nametoindex(route.interface.c_str());
  if (index == 0)
    return OpenFailure{fmt::format("there is no interface {}", route.interface), true};
  Maker send(AF_INET6), receive(AF_INET6);
  send.bind_device(route.interface).big_buffers();
  receive.on(SOL_SOCKET, SO_REUSEADDR, "cannot set SO_REUSEADDR")
      .on(SOL_SOCKET, SO_REUSEPORT, "cannot set SO_REUSEPORT")
      .on(IPPROTO_IPV6, IPV6_V6ONLY, "cannot set IPV6_V6ONLY")
      .bind_device(route.interface)
      .big_buffers()
      .bind(ipv6(in6addr_any, route.port, 0), route.port);
  return both(send, receive, ipv6(peer, route.port, needs_scope(peer) ? index : 0));
}

Opened open(const parsers::Mcast6& route) {
  ipv6_mreq group{};
  if (::inet_pton(AF_INET6, route.group.c_str(), &group.ipv6mr_multiaddr) != 1)
    return OpenFailure{fmt::format("{} is no IPv6 address", route.group)};
  group.ipv6mr_interface = ::if_nametoindex(route.interface.c_str());
  if (group.ipv6mr_interface == 0)
    return OpenFailure{fmt::format("there is no interface {}", route.interface), true};
  Maker send(AF_INET6), receive(AF_INET6);
  send.option(IPPROTO_IPV6, IPV6_MULTICAST_IF, int(group.ipv6mr_interface),
              "cannot set IPV6_MULTICAST_IF")
      .option(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, int{route.loop}, "cannot set IPV6_MULTICAST_LOOP")
      .option(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, int{route.hops}, "cannot set IPV6_MULTICAST_HOPS")
      .big_buffers();
  // Bound to the interface, unlike 3.0.6: with one group on two interfaces each medium would
  // otherwise hear both and report the wrong link.
  receive.on(SOL_SOCKET, SO_REUSEADDR, "cannot set SO_REUSEADDR")
      .on(IPPROTO_IPV6, IPV6_V6ONLY, "cannot set IPV6_V6ONLY")
      .bind_device(route.interface)
      .big_buffers()
      .bind(ipv6(in6addr_any, route.port, 0), route.port)
      .option(IPPROTO_IPV6, IPV6_JOIN_GROUP, group, "cannot join group " + route.group);
  return both(send, receive, ipv6(group.ipv6mr_multiaddr, route.port, group.ipv6mr_interface));
}

}  // namespace

const std::string& interface_of(const UdpRoute& route) {
  return std::visit([](const auto& r) -> const std::string& { return r.interface; }, route);
}

std::uint16_t port_of(const UdpRoute& route) {
  return std::visit([](const auto& r) { return r.port; }, route);
}

std::variant<UdpSockets, OpenFailure> open_udp(const UdpRoute& route) {
  return std::visit([](const auto& r) { return open(r); }, route);
}

std::uint64_t fingerprint(const UdpRoute& route) {
  std::uint64_t index = ::if_nametoindex(interface_of(route).c_str());
  if (index == 0 || !std::holds_alternative<parsers::Bcast>(route)) return index;
  auto address = broadcast_of(interface_of(route));
  return address ? (index << 32) | address->s_addr : 0;
}

}  // namespace um::media
