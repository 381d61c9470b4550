#include "address/frames.hpp"

#include <iterator>

#include <linux/if_arp.h>
#include <linux/if_ether.h>

namespace um::address {
namespace {

constexpr std::uint16_t kRequest = 1;
constexpr std::uint16_t kReply = 2;

void put16(Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

template <class Range>
void put(Bytes& out, const Range& bytes) {
  out.insert(out.end(), std::begin(bytes), std::end(bytes));
}

Frame arp(const Link& link, const Ip& ip, std::uint16_t operation, const Bytes& target_hardware) {
  Bytes packet;
  put16(packet, link.hardware_type);
  put16(packet, ETH_P_IP);
  packet.push_back(static_cast<std::uint8_t>(link.mac.size()));
  packet.push_back(4);
  put16(packet, operation);
  put(packet, link.mac);
  put(packet, ip.bytes());
  put(packet, target_hardware);
  put(packet, ip.bytes());
  return {ETH_P_ARP, link.broadcast, std::move(packet)};
}

std::uint16_t internet_checksum(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 ? 0 : 8);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

const Ip& all_nodes() {
  static const Ip kAllNodes = *Ip::parse("ff02::1");
  return kAllNodes;
}

}  // namespace

Frame arp_request(const Link& link, const Ip& ip) {
  return arp(link, ip, kRequest, Bytes(link.mac.size(), 0));
}

Frame arp_reply(const Link& link, const Ip& ip) {
  return arp(link, ip, kReply, link.mac);
}

Frame neighbour_advertisement(const Link& link, const Ip& ip, bool router) {
  constexpr std::uint8_t kAdvertisement = 136, kOverride = 0x20, kRouter = 0x80, kTargetLink = 2;
  Bytes icmp{kAdvertisement, 0, 0, 0};
  put(icmp, Bytes{static_cast<std::uint8_t>(kOverride | (router ? kRouter : 0)), 0, 0, 0});
  put(icmp, ip.bytes());
  // The option is counted in units of 8 bytes, type and length included (RFC 4861 4.6.1).
  const std::size_t units = (2 + link.mac.size() + 7) / 8;
  Bytes option{kTargetLink, static_cast<std::uint8_t>(units)};
  put(option, link.mac);
  option.resize(units * 8);
  put(icmp, option);

  const auto length = static_cast<std::uint16_t>(icmp.size());
  Bytes pseudo;
  put(pseudo, ip.bytes());
  put(pseudo, all_nodes().bytes());
  put(pseudo, Bytes{0, 0, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length),
                    0, 0, 0, 58});
  put(pseudo, icmp);
  const std::uint16_t checksum = internet_checksum(pseudo);
  icmp[2] = static_cast<std::uint8_t>(checksum >> 8);
  icmp[3] = static_cast<std::uint8_t>(checksum);

  Bytes packet{0x60, 0, 0, 0};
  put16(packet, length);
  put(packet, Bytes{58, 255});  // ICMPv6, and the hop limit that proves it came from this link
  put(packet, ip.bytes());
  put(packet, all_nodes().bytes());
  put(packet, icmp);
  const bool ethernet = link.hardware_type == ARPHRD_ETHER;
  return {ETH_P_IPV6, ethernet ? Bytes{0x33, 0x33, 0, 0, 0, 1} : link.broadcast, std::move(packet)};
}

Announcement::Announcement(const Link& link, const Ip& ip, const Schedule& schedule, bool router)
    : schedule_(schedule) {
  if (ip.is_v6())
    forms_ = {neighbour_advertisement(link, ip, router)};
  else
    forms_ = {arp_request(link, ip), arp_reply(link, ip)};
}

const Frame& Announcement::frame(int n) const {
  return forms_[static_cast<std::size_t>(n) % forms_.size()];
}

std::chrono::milliseconds Announcement::due(int n) const {
  return schedule_.interval * n / static_cast<int>(forms_.size());
}

}  // namespace um::address
