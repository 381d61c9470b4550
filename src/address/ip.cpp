#include "address/ip.hpp"

#include <algorithm>
#include <bit>

#include <arpa/inet.h>

namespace um::address {

std::optional<Ip> Ip::parse(std::string_view text) {
  const std::string terminated(text);  // inet_pton reads to a NUL
  if (terminated.size() != text.size() || terminated.find('\0') != std::string::npos) return {};
  Ip ip;
  if (inet_pton(AF_INET, terminated.c_str(), ip.bytes_.data()) == 1) return ip;
  ip.v6_ = true;
  if (inet_pton(AF_INET6, terminated.c_str(), ip.bytes_.data()) == 1) return ip;
  return {};
}

Ip Ip::from_bytes(std::span<const std::uint8_t> bytes) {
  Ip ip;
  if (bytes.size() != 4 && bytes.size() != 16) return ip;
  ip.v6_ = bytes.size() == 16;
  std::copy(bytes.begin(), bytes.end(), ip.bytes_.begin());
  return ip;
}

Ip Ip::netmask(int prefix) {
  Ip mask;
  for (int bit = 0; bit < std::clamp(prefix, 0, 32); ++bit)
    mask.bytes_[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
  return mask;
}

bool Ip::is_loopback() const {
  if (is_v4()) return bytes_[0] == 127;
  static const Ip kOne = *parse("::1");
  return *this == kOne;
}

std::string Ip::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(v6_ ? AF_INET6 : AF_INET, bytes_.data(), buffer.data(), buffer.size());
  return buffer.data();
}

bool Ip::in(const Ip& network, int prefix) const {
  if (v6_ != network.v6_ || prefix < 0 || prefix > bits()) return false;
  const auto whole = static_cast<std::size_t>(prefix / 8);
  if (!std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole),
                  network.bytes_.begin()))
    return false;
  if (prefix % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff00 >> prefix % 8);
  return ((bytes_[whole] ^ network.bytes_[whole]) & mask) == 0;
}

Ip Ip::broadcast(int prefix) const {
  Ip result = *this;
  const Ip mask = netmask(prefix);
  for (std::size_t i = 0; i < 4; ++i)
    result.bytes_[i] = static_cast<std::uint8_t>(result.bytes_[i] | ~mask.bytes_[i]);
  return result;
}

Ip Ip::network(int prefix) const {
  Ip result = *this;
  const Ip mask = netmask(prefix);
  for (std::size_t i = 0; i < 4; ++i) result.bytes_[i] &= mask.bytes_[i];
  return result;
}

std::optional<int> Ip::as_prefix() const {
  if (v6_) return {};
  int prefix = 0;
  for (std::size_t i = 0; i < 4; ++i) prefix += std::countl_one(bytes_[i]);
  if (netmask(prefix) != *this) return {};
  return prefix;
}

}  // namespace um::address
