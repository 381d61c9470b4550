// spec.hpp - the address argument of IPaddr, IPaddr2 and IPv6addr.
//
//     ADDR[/PREFIX[/IFACE[:LABEL]][/BROADCAST]]        192.168.0.105/24/eth0:0/192.168.0.255
//     ADDR/PREFIX/BROADCAST                            192.168.0.105/24/192.168.0.255
//
// (spec resource-scripts 3.1). PREFIX may be a dotted netmask. BROADCAST may be `+` (all host bits
// set) or `-` (all of them clear), as in ip(8). Parsing never fails as a whole: `stop` and `status`
// need only the address and must work with the rest of a line that `start` refuses (decision S9),
// so what is wrong is noted in `problem` and everything that could be read is there.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "address/ip.hpp"

namespace um::address {

enum class BroadcastWord { kUnset, kNetwork, kHostBits, kGiven };

struct Spec {
  std::optional<Ip> ip;
  std::optional<int> prefix;
  std::string device;  // `eth0`; empty: the one the routes lead to
  std::string label;   // `eth0:0`; empty: none
  BroadcastWord broadcast_word = BroadcastWord::kUnset;
  Ip broadcast;  // only with kGiven

  bool dotted_netmask = false;  // accepted, worth a warning
  std::string problem;          // why `start` must refuse it; empty: nothing
};

Spec parse_spec(std::string_view text);

}  // namespace um::address
