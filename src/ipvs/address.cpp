#include "ipvs/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

namespace um::ipvs {
namespace {

int system_family(Family family) {
  return family == Family::kIpv4 ? AF_INET : AF_INET6;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  const std::string terminated(text);
  Address address;
  for (Family family : {Family::kIpv4, Family::kIpv6}) {
    address.family = family;
    if (inet_pton(system_family(family), terminated.c_str(), address.bytes.data()) == 1)
      return address;
  }
  return {};
}

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(system_family(family), bytes.data(), out.data(), out.size());
  return out.data();
}

std::string endpoint_text(const Address& address, std::uint16_t port) {
  return address.family == Family::kIpv4 ? fmt::format("{}:{}", address.text(), port)
                                         : fmt::format("[{}]:{}", address.text(), port);
}

}  // namespace um::ipvs
