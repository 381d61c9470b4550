#include "ipvs/table.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace um::ipvs {
namespace {

struct FlagName {
  std::string_view scheduler;  // empty: any
  std::string_view name;
  std::uint8_t flag;
};

// ipvsadm(8): sh and mh have names of their own for the first two bits.
constexpr std::array<FlagName, 7> kFlagNames{{{"sh", "sh-fallback", kFlag1},
                                              {"sh", "sh-port", kFlag2},
                                              {"mh", "mh-fallback", kFlag1},
                                              {"mh", "mh-port", kFlag2},
                                              {"", "flag-1", kFlag1},
                                              {"", "flag-2", kFlag2},
                                              {"", "flag-3", kFlag3}}};

std::string netmask_text(std::uint32_t netmask, Family family) {
  if (family == Family::kIpv6) return fmt::format("{}", netmask);
  return fmt::format("{}.{}.{}.{}", netmask >> 24, netmask >> 16 & 255, netmask >> 8 & 255,
                     netmask & 255);
}

}  // namespace

ServiceKey ServiceKey::of_mark(std::uint32_t mark, Family family) {
  ServiceKey key;
  key.protocol = Protocol::kMark;
  key.address.family = family;
  key.mark = mark;
  return key;
}

std::string option_text(const ServiceKey& key) {
  switch (key.protocol) {
    case Protocol::kMark:
      return fmt::format("-f {}{}", key.mark, key.address.family == Family::kIpv6 ? " -6" : "");
    case Protocol::kUdp: return "-u " + endpoint_text(key.address, key.port);
    case Protocol::kSctp: return "--sctp-service " + endpoint_text(key.address, key.port);
    case Protocol::kTcp: break;
  }
  return "-t " + endpoint_text(key.address, key.port);
}

std::string_view option_text(Forward forward) {
  switch (forward) {
    case Forward::kMasq: return "-m";
    case Forward::kIpip: return "-i";
    case Forward::kGate: break;
  }
  return "-g";
}

std::uint16_t port_in_table(const ServiceKey& service, Forward forward, std::uint16_t port) {
  return service.protocol == Protocol::kMark || forward == Forward::kMasq ? port : service.port;
}

std::string scheduler_flags_text(const std::string& scheduler, std::uint8_t flags) {
  std::string text;
  for (const FlagName& known : kFlagNames) {
    if ((flags & known.flag) == 0 || (!known.scheduler.empty() && known.scheduler != scheduler))
      continue;
    flags = static_cast<std::uint8_t>(flags & ~known.flag);
    text += (text.empty() ? "" : ",") + std::string(known.name);
  }
  return text;
}

bool parse_scheduler_flags(const std::string& scheduler, std::string_view names,
                           std::uint8_t& flags) {
  flags = 0;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    bool found = false;
    for (const FlagName& known : kFlagNames) {
      if (known.name != name || (!known.scheduler.empty() && known.scheduler != scheduler))
        continue;
      flags = static_cast<std::uint8_t>(flags | known.flag);
      found = true;
    }
    if (!found) return false;
  }
  return true;
}

std::string settings_text(const Settings& settings, Family family) {
  std::string text = "-s " + settings.scheduler;
  if (settings.persistence != 0) {
    text += fmt::format(" -p {}", settings.persistence);
    if (settings.netmask != 0) text += " -M " + netmask_text(settings.netmask, family);
    if (!settings.persistence_engine.empty()) text += " --pe " + settings.persistence_engine;
  }
  if (settings.one_packet) text += " -o";
  if (settings.scheduler_flags != 0)
    text += " -b " + scheduler_flags_text(settings.scheduler, settings.scheduler_flags);
  return text;
}

std::string dump(const Table& table) {
  std::string text;
  for (const auto& [key, service] : table) {
    const std::string option = option_text(key);
    text += fmt::format("-A {} {}\n", option, settings_text(service.settings, key.address.family));
    for (const auto& [at, real] : service.reals) {
      text += fmt::format("-a {} -r {} {} -w {}", option, endpoint_text(at.address, at.port),
                          option_text(real.forward), real.weight);
      if (real.upper_threshold != 0) text += fmt::format(" -x {}", real.upper_threshold);
      if (real.lower_threshold != 0) text += fmt::format(" -y {}", real.lower_threshold);
      text += '\n';
    }
  }
  return text;
}

}  // namespace um::ipvs
