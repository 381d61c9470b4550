#include "parsers/ldirectord_cf_resolve.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "parsers/ldirectord_cf_effective.hpp"

namespace um::parsers::ldirectord_cf {
namespace {

constexpr std::uint32_t kMostPerRange = 65536;  // decision L9
constexpr std::size_t kMostRangeAddresses = 1
                                            << 18;  // of one file: bounds the memory it can ask for

Transport transport_of(Protocol protocol) {
  return protocol == Protocol::kUdp ? Transport::kUdp : Transport::kTcp;
}

std::uint32_t as_number(const std::string& ipv4) {
  in_addr address{};
  inet_pton(AF_INET, ipv4.c_str(), &address);
  return ntohl(address.s_addr);
}

std::string as_text(std::uint32_t ipv4) {
  return fmt::format("{}.{}.{}.{}", ipv4 >> 24, ipv4 >> 16 & 255, ipv4 >> 8 & 255, ipv4 & 255);
}

/// What stands in brackets anywhere in the text, else all of it, as the old program looked for it.
std::string_view without_brackets(std::string_view host) {
  const std::size_t open = host.find('['), close = host.rfind(']');
  const bool pair =
      open != std::string_view::npos && close != std::string_view::npos && open < close;
  return pair ? host.substr(open + 1, close - open - 1) : host;
}

std::string_view ip_name(Family family) {
  return family == Family::kInet ? "IPv4" : "IPv6";
}

/// Why a host has no address; for numbers, what would be one.
std::string address_hint(std::string_view host, Family family, const std::string& why) {
  const bool numbers = host.find_first_not_of("0123456789.") == std::string_view::npos;
  if (!numbers) return why;
  return family == Family::kInet ? "expected four numbers from 0 to 255, as in 192.0.2.10"
                                 : "expected an IPv6 address in brackets, or the name of a host";
}

std::string unknown_service(const std::string& name) {
  return std::all_of(name.begin(), name.end(), is_digit)
             ? "expected a port from 0 to 65535"
             : fmt::format("expected a port number, or a service name of /etc/services");
}

}  // namespace

Resolver::Host SectionResolver::host(std::string_view name, Family family) {
  return around_.resolver.host(without_brackets(name), family);
}

std::optional<SectionResolver::Port> SectionResolver::port(std::string_view text,
                                                           Transport transport) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_digit)) {
    const std::uint32_t value = number(text).value;
    if (value > 65535) return std::nullopt;
    return Port{std::string(text), static_cast<std::uint16_t>(value)};
  }
  const auto found = around_.resolver.service(text, transport);
  if (!found) return std::nullopt;
  return Port{std::to_string(*found), *found};
}

std::optional<Fallback> SectionResolver::fallback(const FallbackSyntax& syntax, Family family,
                                                  const std::string& port_text, Protocol protocol) {
  const Resolver::Host found = host(syntax.host.text, family);
  if (found.address.empty()) {
    report_.error(
        syntax.host.where,
        {syntax.line, fmt::format("invalid {} address or could not resolve for fallback server: {}",
                                  ip_name(family), syntax.host.text)},
        fmt::format("fallback server {} has no {} address", shown(syntax.host.text),
                    ip_name(family)),
        found.why);
    return std::nullopt;
  }
  std::optional<Port> number;
  // For firewall marks there are no service names; "0" stands for itself everywhere.
  const bool numeric = std::all_of(port_text.begin(), port_text.end(), is_digit);
  if (protocol != Protocol::kFwm || numeric) number = port(port_text, transport_of(protocol));
  if (!number) {
    report_.error(syntax.port.text.empty() ? syntax.host.where : syntax.port.where,
                  {syntax.line, "invalid port for fallback server"},
                  fmt::format("fallback server has no port {}", shown(port_text)),
                  unknown_service(port_text));
    return std::nullopt;
  }
  return Fallback{{family, found.address, number->text, number->number},
                  !syntax.port.text.empty(),
                  syntax.forward,
                  syntax.where};
}

std::optional<GlobalFallback> SectionResolver::resolve_global(const FallbackSyntax& syntax,
                                                              Family family) {
  GlobalFallback out;
  const bool named = !syntax.port.text.empty() &&
                     !std::all_of(syntax.port.text.begin(), syntax.port.text.end(), is_digit);
  const bool tcp = !named || around_.resolver.service(syntax.port.text, Transport::kTcp);
  const bool udp = !named || around_.resolver.service(syntax.port.text, Transport::kUdp);
  const std::string port_text = syntax.port.text.empty() ? "0" : syntax.port.text;
  if (tcp || !udp) out.tcp = fallback(syntax, family, port_text, Protocol::kTcp);
  if (udp && (out.tcp || !tcp)) out.udp = fallback(syntax, family, port_text, Protocol::kUdp);
  if (!out.tcp && !out.udp) return std::nullopt;
  if (tcp != udp) {
    report_.warning(
        syntax.port.where,
        fmt::format("service {} exists for {} only: {} virtual services get no fallback",
                    shown(syntax.port.text), tcp ? "tcp" : "udp", tcp ? "udp" : "tcp"),
        "write the port as a number; ldirectord since 2007 refuses this line");
    report_.refused_by_old(syntax.where,
                           "4.12 refuses a service name for one transport in a global fallback");
  }
  return out;
}

bool SectionResolver::virtual_address(const VirtualSyntax& syntax, VirtualService& service) {
  service.where = syntax.where;
  service.server.family = syntax.family;
  if (!syntax.mark.empty()) {
    service.mark_text = syntax.mark;
    std::from_chars(syntax.mark.data(), syntax.mark.data() + syntax.mark.size(), service.mark);
    return true;
  }
  const Resolver::Host found = host(syntax.host.text, syntax.family);
  const auto number = port(syntax.port.text, transport_of(service.protocol));
  if (found.address.empty() || !number) {
    const bool by_host = found.address.empty();
    report_.error(by_host ? syntax.host.where : syntax.port.where,
                  {syntax.line, "invalid address for virtual service"},
                  by_host ? fmt::format("virtual service {} has no {} address",
                                        shown(syntax.host.text), ip_name(syntax.family))
                          : fmt::format("there is no {} port {}", name_of(service.protocol),
                                        shown(syntax.port.text)),
                  by_host ? address_hint(syntax.host.text, syntax.family, found.why)
                          : unknown_service(syntax.port.text));
    return false;
  }
  service.server.address = found.address;
  service.server.port_text = number->text;
  service.server.port = number->number;
  if (!service.service_given) service.service = service_of_port(number->text);
  return true;
}

std::optional<SectionResolver::Ends> SectionResolver::resolve_real(const RealAddress& address,
                                                                   Family family,
                                                                   std::size_t line) {
  const auto unresolved = [&](const Word& word, std::string_view kind, std::string_view what,
                              std::string message, std::string hint) {
    report_.error(word.where,
                  {line, fmt::format("invalid {} ({}) for real server (could not resolve {})", kind,
                                     word.text, what)},
                  std::move(message), std::move(hint));
    return std::nullopt;
  };
  const auto no_address = [&](const Word& word) {
    return fmt::format("real server {} has no {} address", shown(word.text), ip_name(family));
  };
  const Resolver::Host first = host(address.first.text, family);
  if (first.address.empty())
    return unresolved(address.first, "address", "host", no_address(address.first),
                      address_hint(address.first.text, family, first.why));
  std::optional<Port> number = Port{"0", 0};
  if (!address.port.text.empty()) number = port(address.port.text, Transport::kAny);
  if (!number)
    return unresolved(address.port, "port", "port",
                      fmt::format("there is no port {}", shown(address.port.text)),
                      unknown_service(address.port.text));
  Ends ends{{family, first.address, number->text, number->number}, first.address};
  if (address.last.text.empty()) return ends;
  const Resolver::Host last = host(address.last.text, family);
  if (last.address.empty())
    return unresolved(address.last, "address", "end host", no_address(address.last),
                      address_hint(address.last.text, family, last.why));
  ends.last = last.address;
  return ends;
}

/// How many addresses follow the first one.
std::optional<std::uint32_t> SectionResolver::range_length(const RealAddress& address,
                                                           const Ends& ends, std::size_t line) {
  const auto refuse = [&](std::string legacy, std::string message, std::string hint) {
    report_.error(address.last.where, {line, std::move(legacy)}, std::move(message),
                  std::move(hint));
    return std::nullopt;
  };
  if (address.last.text.empty()) return 0;
  if (ends.first.family == Family::kInet6)
    return refuse("Address range for IPv6 is not supported yet", "a range of IPv6 addresses",
                  "write one real6= line for each address");
  const std::uint32_t from = as_number(ends.first.address), to = as_number(ends.last);
  const std::string range = fmt::format("Invalid Range: {}-{}: ", ends.first.address, ends.last);
  if (from > to)
    return refuse(range + "First value must be greater than or equal to the second value",
                  fmt::format("the range ends at {}, before it begins", ends.last),
                  "expected FIRST->LAST, both whole addresses");
  const std::uint32_t more = to - from;
  if (more >= kMostPerRange || range_addresses_ + more >= kMostRangeAddresses)
    return refuse(range + "too many addresses",
                  fmt::format("the range has {} addresses", std::uint64_t{more} + 1),
                  fmt::format("expected at most {}, and {} in all ranges of the file",
                              kMostPerRange, kMostRangeAddresses));
  range_addresses_ += more + 1;
  return more;
}

bool SectionResolver::add_reals(std::size_t number, VirtualService& service) {
  Line line(source_, number);
  line.prepare_for_section();
  RealReader reader(assignment(*section_text(line))->value, report_);
  const auto address = reader.address();
  if (!address) return false;
  const auto ends = resolve_real(*address, service.server.family, number);
  if (!ends) return false;
  const auto more = range_length(*address, *ends, number);
  if (!more) return false;
  auto flags = reader.flags();
  if (!flags) return false;
  service.reals.push_back({ends->first, flags->forward, std::move(flags->weight),
                           std::move(flags->request), std::move(flags->receive),
                           std::move(flags->lower_threshold), std::move(flags->upper_threshold),
                           reader.where()});
  const std::uint32_t first = *more > 0 ? as_number(ends->first.address) : 0;
  for (std::uint32_t i = 1; i <= *more; ++i) {
    service.reals.push_back(service.reals.back());
    service.reals.back().server.address = as_text(first + i);
  }
  return true;
}

/// 4.12 flipped such an entry between both lines' weights (runtime Q20; decision L27).
void SectionResolver::warn_about_twins(const VirtualService& service) {
  if (service.reals.size() < 2) return;
  std::unordered_set<std::string> names;
  for (const RealServer& real : service.reals)
    if (!names.insert(real.server.name()).second)
      report_.warning(
          real.where,
          fmt::format("real server {} stands twice in this virtual service", real.server.name()),
          "the last one counts; remove the other");
}

bool SectionResolver::is_duplicate(const VirtualService& service, std::size_t last_line) {
  const auto [first, is_new] = seen_.emplace(virtual_id(service), service.where);
  if (is_new) return false;
  report_.error(service.where, {last_line, "duplicate virtual server"},
                fmt::format("virtual service {} stands twice in this file", first->first),
                fmt::format("the first is in line {}; put all its real servers into one",
                            report_.line_of(first->second)));
  return true;
}

std::optional<VirtualService> SectionResolver::resolve(Section section, std::size_t last_line) {
  VirtualService& service = section.service;
  if (!section.address) return std::nullopt;
  bool good = true;
  if (section.fallback) {
    const FallbackSyntax& own = *section.fallback;
    const std::string virtual_port = service.is_mark() ? "0" : section.address->port.text;
    service.fallback =
        fallback(own, section.address->family, own.port.text.empty() ? virtual_port : own.port.text,
                 service.protocol);
    if (service.fallback) service.fallback->port_given = true;
    good = service.fallback.has_value();
  }
  if (!virtual_address(*section.address, service)) return std::nullopt;
  service.reals.reserve(section.real_lines.size());
  for (const std::size_t line : section.real_lines) good = add_reals(line, service) && good;
  if (is_duplicate(service, last_line) || !good) return std::nullopt;
  warn_about_twins(service);
  return std::move(section.service);
}

}  // namespace um::parsers::ldirectord_cf
