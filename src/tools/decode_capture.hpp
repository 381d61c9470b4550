// decode_capture.hpp - the datagrams in a capture file (pcap), for `ultramonkey decode`; pure.
//
// Reads the classic format in both byte orders, with micro- or nanoseconds, for Ethernet (with
// VLAN tags), Linux cooked (v1 and v2), raw IP and null link layers; IPv4 and IPv6. Fragments are
// skipped. No byte of the file makes it read out of bounds.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace um::tools {

struct Datagram {
  double seconds = 0;    // since the capture's first packet
  std::string from, to;  // addresses, with the port for UDP
  std::string payload;   // UDP data, or the data of an ICMP echo
};

/// Nothing when the bytes are no capture file.
std::optional<std::vector<Datagram>> read_capture(std::string_view bytes);

}  // namespace um::tools
