// table.hpp - what a node's kernel has: links, addresses, routes. Plain values, no netlink.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "address/ip.hpp"

namespace um::address {

struct Link {
  int index = 0;
  std::string name;
  std::uint16_t hardware_type = 1;      // ARPHRD_*; 1 = Ethernet
  std::vector<std::uint8_t> mac;        // 6 bytes on Ethernet, 20 on InfiniBand, none on tunnels
  std::vector<std::uint8_t> broadcast;  // the link's own broadcast address
  bool up = false;
  bool carrier = false;  // and connected
  bool loopback = false;
  bool no_arp = false;

  /// Whether neighbours can be told where an address lives.
  bool can_announce() const { return !loopback && !no_arp && !mac.empty(); }
};

/// rtnetlink's numbers; the kernel knows others, they are kept as they are.
enum class Scope : std::uint8_t { kGlobal = 0, kSite = 200, kLink = 253, kHost = 254 };
/// "global", "site", "link", "host", else the number: the words of `ip addr`.
std::string name_of(Scope scope);
std::optional<Scope> scope_named(std::string_view name);

/// One address on one link.
struct Assigned {
  Ip ip;
  int prefix = 32;
  std::string device;
  std::string label;  // empty or equal to the device: none
  std::optional<Ip> broadcast;
  Scope scope = Scope::kGlobal;
  bool tentative = false;    // IPv6: duplicate detection still runs
  bool duplicate = false;    // IPv6: duplicate detection failed, somebody else has it
  bool without_dad = false;  // IPv6, wanted: usable at once

  /// `192.168.0.105/24 brd 192.168.0.255 dev eth0 label eth0:0`: the words after `ip addr add`.
  std::string words() const;
};

struct Route {
  Ip destination;
  int prefix = 0;
  std::uint32_t metric = 0;
  std::string device;
  bool local = false;  // from the table of local addresses
};

struct Table {
  std::vector<Link> links;
  std::vector<Assigned> addresses;
  std::vector<Route> routes;

  const Link* link(std::string_view name) const;
  /// Every place that holds the address, whatever its prefix. KLIPS ipsecN devices mirror another
  /// device's addresses and never count.
  std::vector<Assigned> holding(const Ip& ip) const;
  bool is_loopback(std::string_view device) const;
};

}  // namespace um::address
