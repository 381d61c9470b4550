// findif [-C] ADDR[/PREFIX[/IFACE][/BROADCAST]] - the interface, netmask and broadcast of an
// address.
//
// Kept for scripts of users that call HA_BIN/findif (spec resource-scripts 5): the same line, the
// same words and exit codes. Like Debian 12's it also takes the address from OCF_RESKEY_ip,
// _cidr_netmask, _nic and _broadcast when no argument is given.
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "address/findif.hpp"
#include "address/netlink.hpp"

namespace {

namespace address = um::address;

int usage(const char* self, std::string_view first) {
  std::cerr << first << "\nusage: " << self
            << " [-C] ip-address[/netmaskbits[/interface][/broadcast]]\n"
               "    -C: Output netmask as the number of bits rather than as 4 octets.\n";
  return 1;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string text_from_environment() {
  std::string text = environment("OCF_RESKEY_ip");
  const std::string netmask = environment("OCF_RESKEY_cidr_netmask");
  if (text.empty() || netmask.empty()) return text;
  text += '/' + netmask;
  for (const char* name : {"OCF_RESKEY_nic", "OCF_RESKEY_broadcast"})
    if (const std::string value = environment(name); !value.empty()) text += '/' + value;
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  const bool bits = argc > 1 && std::string_view(argv[1]) == "-C";
  const int words = argc - 1 - (bits ? 1 : 0);
  const std::string text = words == 1 ? argv[argc - 1] : text_from_environment();
  if (words > 1 || text.empty() || text[0] == '-') return usage(argv[0], "");

  const address::Spec spec = address::parse_spec(text);
  if (!spec.problem.empty()) return usage(argv[0], spec.problem);
  auto netlink = address::Netlink::open();
  auto table = netlink ? netlink->table() : netlink.error();
  const auto read = table ? netlink->read_routes(*table) : table.error();
  const auto place = read ? address::find_interface(spec, *table) : read.error();
  if (!place) {
    const bool no_route = place.error().reason.starts_with("No route");
    std::cerr << (no_route ? "" : "ERROR: ") << place.error().reason << '\n';
    return 1;
  }
  std::cout << address::findif_line(*place, spec, bits) << '\n';
  return 0;
}
