// send_arp [-i MS] [-r COUNT] [-p PIDFILE] DEVICE ADDR HWADDR|auto BROADCAST NETMASK
//
// Kept for scripts of users that call HA_BIN/send_arp: announces an IPv4 address, and ends after
// the last frame. BROADCAST and NETMASK were never used by any release that sends both forms.
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string_view>

#include <unistd.h>

#include "address/netlink.hpp"
#include "tools/sender.hpp"

namespace {

namespace address = um::address;

int usage() {
  std::cerr << "usage: send_arp [-i repeatinterval-ms] [-r repeatcount] [-p pidfile]\n"
               "              device src_ip_addr src_hw_addr broadcast_ip_addr netmask\n";
  return 1;
}

/// `00:16:3e:00:00:01` or `00163e000001`.
std::optional<address::Bytes> hardware_address(std::string_view text) {
  address::Bytes bytes;
  while (!text.empty()) {
    if (text[0] == ':') text.remove_prefix(1);
    std::uint8_t byte = 0;
    const std::string_view pair = text.substr(0, 2);
    const auto [end, error] = std::from_chars(pair.data(), pair.data() + pair.size(), byte, 16);
    if (pair.size() != 2 || error != std::errc() || end != pair.data() + 2) return {};
    bytes.push_back(byte);
    text.remove_prefix(2);
  }
  return bytes;
}

int fail(std::string_view text) {
  std::cerr << text << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  address::Schedule schedule{std::chrono::milliseconds(500), 1};
  std::string pid_file;
  for (int option; (option = getopt(argc, argv, "i:r:p:")) != -1;) {
    const int number = optarg ? std::atoi(optarg) : 0;
    if (option == '?' || (option != 'p' && number <= 0)) return usage();
    if (option == 'i') schedule.interval = std::chrono::milliseconds(number);
    if (option == 'r') schedule.repeat = number;
    if (option == 'p') pid_file = optarg;
  }
  if (argc - optind != 5) return usage();
  const std::string_view device = argv[optind], hardware = argv[optind + 2];
  const auto ip = address::Ip::parse(argv[optind + 1]);
  if (!ip || ip->is_v6()) return usage();

  signal(SIGTERM, [](int) { _exit(0); });
  auto netlink = address::Netlink::open();
  const auto table = netlink ? netlink->table() : netlink.error();
  if (!table) return fail(table.error().reason);
  const address::Link* found = table->link(device);
  if (!found || found->mac.empty())
    return fail("Cannot find mac address for " + std::string(device));
  address::Link link = *found;
  if (hardware != "auto") {
    const auto bytes = hardware_address(hardware);
    if (!bytes || bytes->size() != link.mac.size()) return usage();
    link.mac = *bytes;
  }
  const address::Announcement announcement(link, *ip, schedule);
  const auto sent = pid_file.empty() ? address::announce(link, announcement)
                                     : um::tools::Sender(pid_file).run(link, announcement);
  return sent ? 0 : fail(sent.error().reason);
}
