#include "media/icmp.hpp"

#include <cstring>

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

namespace um::media {
namespace {

constexpr std::size_t kHeader = 8;

std::uint16_t checksum(std::string_view bytes) {  // RFC 1071
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::uint32_t byte = static_cast<unsigned char>(bytes[i]);
    sum += i % 2 == 0 ? byte << 8 : byte;
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void put_big(std::string& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<char>(value >> 8);
  bytes[at + 1] = static_cast<char>(value & 0xff);
}

}  // namespace

std::string echo_request(IcmpVersion version, const Echo& echo) {
  std::string bytes(kHeader, '\0');
  bytes[0] = static_cast<char>(version == IcmpVersion::kV4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST);
  std::memcpy(&bytes[4], &echo.id, sizeof echo.id);
  put_big(bytes, 6, echo.number);
  bytes += echo.data;
  if (version == IcmpVersion::kV4) put_big(bytes, 2, checksum(bytes));
  return bytes;
}

std::optional<Echo> parse_echo_reply(IcmpVersion version, std::string_view bytes) {
  char type = static_cast<char>(version == IcmpVersion::kV4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY);
  if (bytes.size() < kHeader || bytes[0] != type || bytes[1] != 0) return std::nullopt;
  Echo echo;
  std::memcpy(&echo.id, &bytes[4], sizeof echo.id);
  echo.number = static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[6]) << 8 |
                                           static_cast<unsigned char>(bytes[7]));
  echo.data = bytes.substr(kHeader);
  return echo;
}

std::string_view skip_ipv4_header(std::string_view bytes) {
  if (bytes.empty() || (static_cast<unsigned char>(bytes[0]) >> 4) != 4) return {};
  std::size_t length = (static_cast<unsigned char>(bytes[0]) & 0x0f) * 4U;
  return length >= 20 && bytes.size() > length ? bytes.substr(length) : std::string_view{};
}

}  // namespace um::media
