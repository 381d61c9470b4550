// address.hpp - an IPv4 or IPv6 address as the kernel keeps it, comparable and printable.
//
// Numeric text only; names are resolved elsewhere.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace um::ipvs {

enum class Family : std::uint8_t { kIpv4, kIpv6 };

struct Address {
  Family family = Family::kIpv4;
  std::array<std::uint8_t, 16>
      bytes{};  // network order; IPv4 uses the first four, the rest is zero

  /// "10.0.0.1" or "2001:db8::1"; nothing for any other text.
  static std::optional<Address> parse(std::string_view text);
  /// Without brackets.
  std::string text() const;

  auto operator<=>(const Address&) const = default;
};

/// "10.0.0.1:80", "[2001:db8::1]:80"
std::string endpoint_text(const Address& address, std::uint16_t port);

}  // namespace um::ipvs
