// icmp.hpp - echo requests and replies as bytes; pure.
//
// Wire 4: the identifier is written in host byte order, the number in network order, the data is a
// signed heartbeat message that comes back in the reply.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace um::media {

enum class IcmpVersion : std::uint8_t { kV4, kV6 };

struct Echo {
  std::uint16_t id = 0;
  std::uint16_t number = 0;
  std::string_view data;
};

/// A request with its checksum (IPv6: left to the kernel, as RFC 3542 has it).
std::string echo_request(IcmpVersion version, const Echo& echo);

/// The reply in an ICMP message without IP header. Nothing for other types or short messages. The
/// data points into `bytes`.
std::optional<Echo> parse_echo_reply(IcmpVersion version, std::string_view bytes);

/// What follows the IPv4 header that raw sockets deliver; empty when that header is broken.
std::string_view skip_ipv4_header(std::string_view bytes);

}  // namespace um::media
