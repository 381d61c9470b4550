// The media lines, as far as their text goes; interfaces, devices and names are
// ha_cf_machine.cpp's.
#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "parsers/ha_cf_reading.hpp"

namespace um::parsers {
namespace {

bool add_medium(Reading& r, const Word& value, MediumLine line) {
  if (r.config.media.size() >= kMostMedia)  // H1: of whole-line kinds the old program did not count
    return r.error(
        value, fmt::format("more than {} media", kMostMedia), "delete some of the media lines",
        fmt::format("ERROR: Too many media specified (> {})\ninfo: Offending command: {} {}",
                    kMostMedia, r.directive.text, value.text));
  line.where = value.where;
  r.config.media.push_back(std::move(line));
  return true;
}

FrozenPort freeze(Reading& r, std::optional<FrozenPort>& kind) {
  if (!kind) kind = FrozenPort{r.config.udpport.value_or(kDefaultUdpPort), !r.config.udpport};
  return *kind;
}

/// IFACE and what follows it; says what is missing in the words of the old plug-ins.
class MediaWords {
 public:
  MediaWords(Reading& r, const Word& rest) : r_(r), words_(split_words(rest, Commas::kOrdinary)) {}

  bool has(std::size_t index) const { return index < words_.size(); }
  const Word& operator[](std::size_t index) const { return words_[index]; }
  std::string_view interface() const { return words_[0].text; }

  /// Refuses the line because word `index` is missing.
  bool missing(std::string_view what, std::string legacy) {
    const std::string hint = fmt::format("expected `{}`", usage());
    return r_.error(r_.directive, fmt::format("{} line without {}", r_.directive.text, what), hint,
                    std::move(legacy));
  }

  void warn_about_extra(std::size_t from) {
    if (has(from))
      r_.warn(words_[from].where, fmt::format("\"{}\" is ignored", words_[from].text),
              fmt::format("expected `{}`", usage()));
  }

 private:
  std::string_view usage() const {
    const std::string_view kind = r_.directive.text;
    if (kind == "mcast") return "mcast INTERFACE GROUP PORT TTL LOOP";
    if (kind == "mcast6") return "mcast6 INTERFACE GROUP PORT HOPS LOOP";
    if (kind == "ucast6") return "ucast6 INTERFACE ADDRESS";
    if (kind == "ping_group") return "ping_group NAME HOST...";
    return "ucast INTERFACE HOST";
  }

  Reading& r_;
  std::vector<Word> words_;
};

bool is_ipv4(std::string_view text, in_addr* out = nullptr) {
  in_addr ignored{};
  return inet_pton(AF_INET, std::string(text).c_str(), out != nullptr ? out : &ignored) == 1;
}

bool is_ipv6(std::string_view text, in6_addr& out) {
  return inet_pton(AF_INET6, std::string(text).c_str(), &out) == 1;
}

bool is_ipv4_multicast(std::string_view text) {
  in_addr address{};
  return is_ipv4(text, &address) && IN_MULTICAST(ntohl(address.s_addr));
}

/// ff0X:: or ff1X:: of link, admin, site or organisation scope, and not the empty group.
bool is_ipv6_group(std::string_view text) {
  in6_addr address{};
  if (!is_ipv6(text, address) || address.s6_addr[0] != 0xff) return false;
  constexpr std::array kScopes{2, 4, 5, 8};
  const int flags = address.s6_addr[1] >> 4;
  const int scope = address.s6_addr[1] & 0xf;
  const bool rest = std::any_of(address.s6_addr + 2, address.s6_addr + 16,
                                [](std::uint8_t byte) { return byte != 0; });
  return flags <= 1 && std::ranges::find(kScopes, scope) != kScopes.end() && rest;
}

/// A small number of a multicast line. The old program took it modulo `modulus` (H10: out of range
/// is refused here); 0 stands for words that are no number.
std::optional<int> small_number(Reading& r, const Word& v, int least, int most, int modulus,
                                std::string_view legacy_name, std::string_view interface) {
  const LegacyInt number = legacy_int(v.text);
  const std::int64_t wrapped = number.value & (modulus - 1);
  const bool old_refuses = wrapped < least || wrapped > most;
  if (number.overflow || number.value < least || number.value > most) {
    r.refuse(v, fmt::format("expected the {}, {} to {}", legacy_name, least, most),
             old_refuses ? fmt::format("ERROR: glib:  {} [{}] bad {} [{}]", r.directive.text,
                                       interface, legacy_name, wrapped)
                         : std::string{});
    return std::nullopt;
  }
  if (number.junk)
    r.warn(v.where, fmt::format("\"{}\" is read as {}", v.text, number.value),
           fmt::format("expected the {}, {} to {}", legacy_name, least, most));
  return static_cast<int>(number.value);
}

constexpr int kMostTtl = 4;
constexpr int kByte = 256;

}  // namespace

bool add_node(Reading& r, const Word& name, bool ping) {
  constexpr std::size_t kOldField = 100;    // H10: longer names were not even terminated
  constexpr std::size_t kLongestName = 63;  // of a host, RFC 1123
  if (name.text.size() >= kOldField)
    return r.refuse(name, fmt::format("a node name has at most {} bytes", kLongestName));
  const std::string lower = lower_case(name.text);
  if (r.node_names.contains(lower)) {
    if (!ping) r.warn(name.where, fmt::format("node {} is given again", lower), "it counts once");
    return true;
  }
  if (r.node_names.size() >= kMostNodes)
    return r.refuse(name, fmt::format("at most {} nodes, ping nodes included", kMostNodes));
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789._-";
  if (!ping && name.text.size() > kLongestName)
    r.warn(name.where, "this node name is longer than a host name can be",
           fmt::format("at most {} bytes; the name is what `uname -n` prints", kLongestName));
  else if (!ping && (lower.find_first_not_of(kPlain) != std::string::npos || lower[0] == '-')) {
    const std::string odd = odd_character_hint(name.text);
    r.warn(name.where, fmt::format("\"{}\" is an unlikely node name", name.text),
           odd.empty() ? "letters, digits, dot, dash: the name is what `uname -n` prints" : odd);
  }
  r.node_names.insert(lower);
  r.config.nodes.push_back({lower, ping, name.where});
  return true;
}

bool read_bcast(Reading& r, const Word& value) {
  const FrozenPort port = freeze(r, r.bcast_port);
  return add_medium(r, value,
                    {Bcast{std::string(value.text), port.port}, value.where, port.is_default});
}

bool read_mcast(Reading& r, const Word& rest) {
  MediaWords words(r, rest);
  if (!words.has(0)) return words.missing("interface", {});  // H1
  const auto complaint = [&](std::string_view text) {
    return fmt::format("ERROR: glib: mcast [{}] {}", words.interface(), text);
  };
  if (!words.has(1)) return words.missing("group", complaint("missing mcast address"));
  if (!is_ipv4_multicast(words[1].text))
    return r.refuse(words[1], "expected a multicast address, 224.0.0.0 to 239.255.255.255",
                    complaint(fmt::format("bad addr [{}]", words[1].text)));
  if (!words.has(2)) return words.missing("port", complaint("missing port"));
  const auto port =
      small_number(r, words[2], 1, UINT16_MAX, UINT16_MAX + 1, "port", words.interface());
  if (!port) return false;
  if (!words.has(3)) return words.missing("ttl", complaint("missing ttl"));
  const auto ttl = small_number(r, words[3], 0, kMostTtl, kByte, "ttl", words.interface());
  if (!ttl) return false;
  if (!words.has(4)) return words.missing("loop", complaint("missing loop"));
  const auto loop = small_number(r, words[4], 0, 1, kByte, "loop", words.interface());
  if (!loop) return false;
  words.warn_about_extra(5);
  return add_medium(
      r, words[0],
      {Mcast{std::string(words[0].text), std::string(words[1].text),
             static_cast<std::uint16_t>(*port), static_cast<std::uint8_t>(*ttl), *loop == 1},
       {}});
}

bool read_ucast(Reading& r, const Word& rest) {
  MediaWords words(r, rest);
  if (!words.has(0)) return words.missing("interface", {});  // H1
  if (!words.has(1))
    return words.missing("host", fmt::format("ERROR: glib: ucast: [{}] missing target IP "
                                             "address/hostname",
                                             words.interface()));
  words.warn_about_extra(2);
  r.host_words[r.config.media.size()] = {words[1].where};
  const FrozenPort port = freeze(r, r.ucast_port);
  const std::string host(words[1].text);
  return add_medium(
      r, words[0],
      {Ucast{std::string(words[0].text), host, is_ipv4(host) ? host : std::string{}, port.port},
       {},
       port.is_default});
}

bool read_ucast6(Reading& r, const Word& rest) {
  MediaWords words(r, rest);
  if (!words.has(0))
    return words.missing("interface", "ERROR: glib: ucast6 statement without device");
  const auto complaint = [&](std::string_view text) {
    return fmt::format("ERROR: glib: ucast6 [{}] {}", words.interface(), text);
  };
  if (!words.has(1)) return words.missing("address", complaint("missing ucast6 address"));
  const std::string_view text = words[1].text;
  const std::size_t percent = text.find('%');
  in6_addr address{};
  if (!is_ipv6(text.substr(0, percent), address) || IN6_IS_ADDR_MULTICAST(&address) ||
      IN6_IS_ADDR_UNSPECIFIED(&address) || IN6_IS_ADDR_LOOPBACK(&address))
    return r.refuse(words[1], "expected the IPv6 address of the peer",
                    complaint(fmt::format("bad addr [{}]", text)));
  words.warn_about_extra(2);
  const FrozenPort port = freeze(r, r.ucast6_port);
  if (percent != std::string_view::npos)
    r.open_questions.push_back(
        {r.config.media.size(), std::string(text.substr(percent + 1)), {}, words[1].where});
  return add_medium(
      r, words[0],
      {Ucast6{std::string(words[0].text), std::string(text.substr(0, percent)), port.port},
       {},
       port.is_default});
}

bool read_mcast6(Reading& r, const Word& rest) {
  MediaWords words(r, rest);
  if (!words.has(0))
    return words.missing("interface", "ERROR: glib: mcast6 statement without device");
  const auto complaint = [&](std::string_view text) {
    return fmt::format("ERROR: glib: mcast6 [{}] {}", words.interface(), text);
  };
  if (!words.has(1)) return words.missing("group", complaint("missing mcast6 address"));
  if (!is_ipv6_group(words[1].text))
    return r.refuse(
        words[1], "expected a multicast address such as ff02::694 (scope 2, 4, 5 or 8)",
        fmt::format("ERROR: glib:  mcast6 [{}] bad addr [{}]", words.interface(), words[1].text));
  if (!words.has(2)) return words.missing("port", complaint("missing port"));
  const bool numeric = words[2].text.find_first_not_of("0123456789") == std::string_view::npos;
  const auto port =
      numeric ? small_number(r, words[2], 1, UINT16_MAX, UINT16_MAX + 1, "port", words.interface())
              : std::optional<int>(kDefaultUdpPort);
  if (!port) return false;
  if (!words.has(3)) return words.missing("hops", complaint("missing hops"));
  const auto hops = small_number(r, words[3], 0, kMostTtl, kByte, "hops", words.interface());
  if (!hops) return false;
  if (!words.has(4)) return words.missing("loop", complaint("missing loop"));
  const auto loop = small_number(r, words[4], 0, 1, kByte, "loop", words.interface());
  if (!loop) return false;
  words.warn_about_extra(5);
  if (!numeric)
    r.open_questions.push_back({r.config.media.size(), std::string(words[2].text),
                                fmt::format("{}, {}", *hops, *loop), words[2].where});
  return add_medium(
      r, words[0],
      {Mcast6{std::string(words[0].text), std::string(words[1].text),
              static_cast<std::uint16_t>(*port), static_cast<std::uint8_t>(*hops), *loop == 1},
       {}});
}

bool read_serial(Reading& r, const Word& value) {
  if (!r.serial_baud) r.serial_baud = r.config.baud;
  if (!value.text.starts_with('/'))
    return r.refuse(value, fmt::format("expected a full path, such as /dev/{}", value.text),
                    fmt::format("ERROR: glib: Serial port not full pathname [{0}] in config file\n"
                                "ERROR: Illegal serial [serial ring] in config file [{0}]",
                                value.text));
  return add_medium(r, value, {Serial{std::string(value.text), *r.serial_baud}, value.where});
}

bool read_ping(Reading& r, const Word& value) {
  const std::string host(value.text);
  return add_node(r, value, true) &&
         add_medium(r, value, {Ping{host, is_ipv4(host) ? host : std::string{}}, value.where});
}

bool read_ping6(Reading& r, const Word& value) {
  in6_addr ignored{};
  const std::string host(value.text);
  return add_node(r, value, true) &&
         add_medium(r, value,
                    {Ping6{host, is_ipv6(host, ignored) ? host : std::string{}}, value.where});
}

bool read_ping_group(Reading& r, const Word& rest) {
  MediaWords words(r, rest);
  if (!words.has(0)) return words.missing("name", {});
  if (!words.has(1)) return words.missing("host", {});
  PingGroup group{lower_case(words[0].text), {}, {}};
  std::vector<Span>& host_words = r.host_words[r.config.media.size()];
  host_words.clear();
  for (std::size_t i = 1; words.has(i); ++i) {
    group.hosts.emplace_back(words[i].text);
    host_words.push_back(words[i].where);
  }
  return add_node(r, words[0], true) && add_medium(r, words[0], {std::move(group), {}});
}

}  // namespace um::parsers
