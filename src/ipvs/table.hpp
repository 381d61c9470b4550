// table.hpp - a table of virtual services and their real servers, as the kernel's IPVS holds one.
//
// A plain value: it is compared, planned from, and printed the way `ipvsadm -S -n` prints it.
// Nothing here talks to the kernel. Real servers of `gate` and `ipip` services carry the port of
// the virtual service, because that is what the kernel makes of any other port (port_in_table).
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <string>

#include "ipvs/address.hpp"

namespace um::ipvs {

enum class Protocol : std::uint8_t { kTcp, kUdp, kSctp, kMark };

/// What a virtual service is known by: protocol, address and port, or a firewall mark.
struct ServiceKey {
  Protocol protocol = Protocol::kTcp;
  Address address;  // for a mark only its family counts
  std::uint16_t port = 0;
  std::uint32_t mark = 0;

  static ServiceKey of_mark(std::uint32_t mark, Family family);
  auto operator<=>(const ServiceKey&) const = default;
};
/// "-t 10.0.0.1:80", "-u [2001:db8::1]:53", "-f 7", "-f 7 -6"
std::string option_text(const ServiceKey& key);

enum class Forward : std::uint8_t { kGate, kMasq, kIpip };
/// "-g", "-m", "-i"
std::string_view option_text(Forward forward);

struct RealKey {
  Address address;
  std::uint16_t port = 0;

  auto operator<=>(const RealKey&) const = default;
};

/// The port the kernel stores for a real server (spec ldirectord-runtime 12).
std::uint16_t port_in_table(const ServiceKey& service, Forward forward, std::uint16_t port);

struct Real {
  Forward forward = Forward::kGate;
  std::uint32_t weight = 1;
  std::uint32_t upper_threshold = 0;  // 0: none
  std::uint32_t lower_threshold = 0;

  bool operator==(const Real&) const = default;
};

/// Connections of one real server at the moment the table was read. Not part of any comparison.
struct Connections {
  std::uint32_t active = 0;
  std::uint32_t inactive = 0;
  std::uint32_t persistent = 0;
};

enum SchedulerFlag : std::uint8_t { kFlag1 = 1, kFlag2 = 2, kFlag3 = 4 };

/// How a virtual service behaves; everything but its real servers.
struct Settings {
  std::string scheduler = "wrr";
  std::uint32_t persistence = 0;  // seconds; 0: not persistent
  std::uint32_t netmask = 0;      // IPv4: the mask in host order, IPv6: prefix length; 0: all ones
  bool one_packet = false;
  std::uint8_t scheduler_flags = 0;  // SchedulerFlag bits
  std::string persistence_engine;    // "sip"; empty: none

  bool operator==(const Settings&) const = default;
};
/// "sh-fallback,sh-port" for a scheduler's flag bits, as ipvsadm names them; empty for none.
std::string scheduler_flags_text(const std::string& scheduler, std::uint8_t flags);
/// The reverse; false when a name is unknown for this scheduler.
bool parse_scheduler_flags(const std::string& scheduler, std::string_view names,
                           std::uint8_t& flags);
/// "-s rr -p 600 -M 255.255.255.0": what follows the service in `ipvsadm -A`.
std::string settings_text(const Settings& settings, Family family);

struct Service {
  Settings settings;
  std::map<RealKey, Real> reals;

  bool operator==(const Service&) const = default;
};

using Table = std::map<ServiceKey, Service>;

/// `ipvsadm -S -n`, one line per service and real server, with the thresholds that it leaves out
/// added as `-x UPPER -y LOWER`. Sorted by key.
std::string dump(const Table& table);

}  // namespace um::ipvs
