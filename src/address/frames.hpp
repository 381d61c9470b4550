// frames.hpp - what is put on the wire so that neighbours learn where an address lives now.
//
// Pure: bytes only. IPv4: an ARP request and an ARP reply for the address, both from the address
// itself to the link's broadcast address (spec resource-scripts 3.5; switches and stacks differ in
// which of the two they believe). IPv6: one unsolicited neighbour advertisement to all nodes
// (RFC 4861 4.4 and 7.2.6). Works for any link with hardware addresses, InfiniBand included.
#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

#include "address/ip.hpp"
#include "address/table.hpp"

namespace um::address {

using Bytes = std::vector<std::uint8_t>;

/// A packet above the link layer: the kernel writes the link's own header before it.
struct Frame {
  std::uint16_t protocol = 0;  // ETH_P_ARP or ETH_P_IPV6
  Bytes destination;           // hardware address
  Bytes payload;
};

Frame arp_request(const Link& link, const Ip& ip);
Frame arp_reply(const Link& link, const Ip& ip);
/// With the override flag, and the router flag when this node forwards IPv6.
Frame neighbour_advertisement(const Link& link, const Ip& ip, bool router);

/// How often: `repeat` times, `interval` apart. The default is that of every heartbeat so far.
struct Schedule {
  std::chrono::milliseconds interval{200};
  int repeat = 5;
};

/// The frames of one announcement and when each is due. IPv4 sends a pair per interval, the reply
/// half an interval after its request; nothing follows the last frame.
class Announcement {
 public:
  Announcement(const Link& link, const Ip& ip, const Schedule& schedule, bool router = false);

  int size() const { return static_cast<int>(forms_.size()) * schedule_.repeat; }
  const Frame& frame(int n) const;
  /// Since the first frame.
  std::chrono::milliseconds due(int n) const;

 private:
  Schedule schedule_;
  std::vector<Frame> forms_;
};

}  // namespace um::address
