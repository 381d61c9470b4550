// ip.hpp - an IPv4 or IPv6 address as a plain value, with the little arithmetic of prefixes.
//
// Text comes in and goes out as the kernel's tools write it (`192.168.0.105`, `2001:db8::1`).
// Only the strict dotted form of IPv4 is read: four decimal numbers, as the resource scripts always
// demanded. No host names, no scope suffixes, no look-ups.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace um::address {

class Ip {
 public:
  Ip() = default;  // 0.0.0.0

  static std::optional<Ip> parse(std::string_view text);
  /// 4 or 16 bytes in network order; any other size gives 0.0.0.0.
  static Ip from_bytes(std::span<const std::uint8_t> bytes);
  /// The netmask of an IPv4 prefix length, as 24 -> 255.255.255.0.
  static Ip netmask(int prefix);

  bool is_v6() const { return v6_; }
  bool is_v4() const { return !v6_; }
  bool is_loopback() const;  // 127.0.0.0/8 or ::1
  int bits() const { return v6_ ? 128 : 32; }
  std::span<const std::uint8_t> bytes() const {
    return std::span(bytes_).first(static_cast<std::size_t>(bits() / 8));
  }
  std::string text() const;

  /// Whether this address lies in NETWORK/prefix. Never for addresses of two families.
  bool in(const Ip& network, int prefix) const;
  /// The IPv4 address with all host bits of the prefix set.
  Ip broadcast(int prefix) const;
  /// The IPv4 address with all host bits of the prefix clear.
  Ip network(int prefix) const;
  /// 24 for 255.255.255.0; nothing when the one-bits are not all in front.
  std::optional<int> as_prefix() const;

  friend auto operator<=>(const Ip&, const Ip&) = default;

 private:
  bool v6_ = false;
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 in the first four
};

}  // namespace um::address
