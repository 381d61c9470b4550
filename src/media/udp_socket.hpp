// udp_socket.hpp - the sockets of one UDP medium, with the options of wire 4.
//
// open_udp() asks the machine for what the route needs (interface index, broadcast address) and
// gives back both sockets bound to that interface, or what is missing. Sockets are bound to the
// interface's index: when fingerprint() of the route changes, they have to be opened again.
#pragma once
#include <cstdint>
#include <string>
#include <variant>

#include <sys/socket.h>

#include "media/fd.hpp"
#include "parsers/ha_cf.hpp"

namespace um::media {

using UdpRoute =
    std::variant<parsers::Bcast, parsers::Mcast, parsers::Ucast, parsers::Ucast6, parsers::Mcast6>;

const std::string& interface_of(const UdpRoute& route);
std::uint16_t port_of(const UdpRoute& route);

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

struct UdpSockets {
  Fd send;
  Fd receive;
  Address to;
};

struct OpenFailure {
  std::string reason;     // "cannot bind to port 694: Address already in use"
  bool may_pass = false;  // the interface or its address is not there (yet)
};

std::variant<UdpSockets, OpenFailure> open_udp(const UdpRoute& route);

/// What the sockets depend on: the interface's index and, for bcast, its broadcast address. Zero
/// while there is no such interface.
std::uint64_t fingerprint(const UdpRoute& route);

}  // namespace um::media
