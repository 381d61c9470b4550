#include "address/table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace um::address {
namespace {

constexpr std::array<std::pair<Scope, std::string_view>, 4> kScopes{{{Scope::kGlobal, "global"},
                                                                     {Scope::kSite, "site"},
                                                                     {Scope::kLink, "link"},
                                                                     {Scope::kHost, "host"}}};

bool is_klips(std::string_view device) {
  return device.starts_with("ipsec");
}

}  // namespace

std::string name_of(Scope scope) {
  for (const auto& [value, name] : kScopes)
    if (value == scope) return std::string(name);
  return std::to_string(static_cast<int>(scope));
}

std::optional<Scope> scope_named(std::string_view name) {
  for (const auto& [value, known] : kScopes)
    if (known == name) return value;
  std::uint8_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return {};
  return static_cast<Scope>(number);
}

std::string Assigned::words() const {
  std::string text = ip.text() + '/' + std::to_string(prefix);
  if (broadcast) text += " brd " + broadcast->text();
  text += " dev " + device;
  if (!label.empty() && label != device) text += " label " + label;
  if (scope != Scope::kGlobal) text += " scope " + name_of(scope);
  if (without_dad) text += " nodad";
  return text;
}

const Link* Table::link(std::string_view name) const {
  const auto found = std::ranges::find(links, name, &Link::name);
  return found == links.end() ? nullptr : &*found;
}

std::vector<Assigned> Table::holding(const Ip& ip) const {
  std::vector<Assigned> found;
  for (const Assigned& a : addresses)
    if (a.ip == ip && !is_klips(a.device)) found.push_back(a);
  return found;
}

bool Table::is_loopback(std::string_view device) const {
  const Link* found = link(device);
  return found ? found->loopback : device.starts_with("lo");
}

}  // namespace um::address
