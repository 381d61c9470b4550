#include "address/takeover.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include <net/if.h>

namespace um::address {
namespace {

std::vector<Assigned> on_loopback(const Ip& ip, const Table& table) {
  std::vector<Assigned> found = table.holding(ip);
  std::erase_if(found, [&](const Assigned& a) { return !table.is_loopback(a.device); });
  return found;
}

std::vector<Assigned> on_real_links(const Ip& ip, const Table& table) {
  std::vector<Assigned> found = table.holding(ip);
  std::erase_if(found, [&](const Assigned& a) { return table.is_loopback(a.device); });
  return found;
}

bool same_place(const Assigned& a, const Assigned& b) {
  return a.ip == b.ip && a.prefix == b.prefix && a.device == b.device;
}

}  // namespace

std::string_view name_of(Status status) {
  switch (status) {
    case Status::kRunning: return "running";
    case Status::kLoopback: return "loopback";
    case Status::kStopped: break;
  }
  return "stopped";
}

int exit_code_of(Status status) {
  return status == Status::kRunning ? 0 : 3;
}

Status status_of(const Ip& ip, std::string_view device, const Table& table) {
  if (!on_real_links(ip, table).empty()) return Status::kRunning;
  if (on_loopback(ip, table).empty()) return Status::kStopped;
  return table.is_loopback(device) ? Status::kRunning : Status::kLoopback;
}

std::string Step::command() const {
  const std::string family = address.ip.is_v6() ? "ip -f inet6 " : "ip -f inet ";
  switch (kind) {
    case Kind::kAdd: return family + "addr add " + address.words();
    case Kind::kRemove:
      return family + "addr delete " + address.ip.text() + '/' + std::to_string(address.prefix) +
             " dev " + address.device;
    case Kind::kUp: break;
  }
  return "ip link set " + address.device + " up";
}

std::vector<Step> start_steps(const Assigned& place, const Table& table) {
  if (status_of(place.ip, place.device, table) == Status::kRunning) return {};
  std::vector<Step> steps{{Step::Kind::kAdd, place}};
  if (const Link* link = table.link(place.device); link && !link->up)
    steps.push_back({Step::Kind::kUp, place});
  for (const Assigned& copy : on_loopback(place.ip, table))
    steps.push_back({Step::Kind::kRemove, copy});
  return steps;
}

std::vector<Step> stop_steps(const Ip& ip, std::string_view device,
                             const std::vector<Assigned>& saved, const Table& table) {
  std::vector<Step> steps;
  for (const Assigned& a : table.holding(ip))
    if (!table.is_loopback(a.device) || a.device == device)
      steps.push_back({Step::Kind::kRemove, a});
  if (!on_loopback(ip, table).empty()) return steps;  // somebody has put it back already
  for (const Assigned& copy : saved) steps.push_back({Step::Kind::kAdd, copy});
  return steps;
}

std::vector<Step> put_back_steps(const std::vector<Step>& removed, const Table& before,
                                 const Table& after) {
  std::vector<Step> steps;
  for (const Assigned& old : before.addresses) {
    const bool beside = std::ranges::any_of(removed, [&](const Step& s) {
      return s.kind == Step::Kind::kRemove && s.address.device == old.device &&
             !same_place(s.address, old) && old.ip.in(s.address.ip, s.address.prefix);
    });
    const bool gone = std::ranges::none_of(
        after.addresses, [&](const Assigned& now) { return same_place(now, old); });
    if (beside && gone) steps.push_back({Step::Kind::kAdd, old});
  }
  return steps;
}

std::optional<std::string> free_alias(const std::string& device, const Table& table) {
  for (int n = 0; n < 512; ++n) {
    std::string alias = device + ':' + std::to_string(n);
    if (alias.size() >= IFNAMSIZ) return {};
    if (std::ranges::find(table.addresses, alias, &Assigned::label) == table.addresses.end())
      return alias;
  }
  return {};
}

std::string save_loopback(const std::vector<Assigned>& copies) {
  std::string text;
  for (const Assigned& a : copies) {
    text += a.ip.text() + ' ' + std::to_string(a.prefix) + ' ' +
            (a.broadcast ? a.broadcast->text() : "255.255.255.255") + ' ' + a.device;
    if (!a.broadcast) text += " nobrd";
    if (!a.label.empty()) text += " label " + a.label;
    text += " scope " + name_of(a.scope) + '\n';
  }
  return text;
}

std::vector<Assigned> read_loopback(const Ip& ip, std::string_view text) {
  std::vector<Assigned> copies;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Assigned a;
    a.ip = ip;
    std::string address, broadcast, word, value;
    if (!(words >> address)) continue;
    if (address.starts_with("lo") && !(words >> word)) {  // IPaddr of 1.2.3: the alias alone
      a.label = address;
      a.device = address.substr(0, address.find(':'));
      a.broadcast = Ip::netmask(32);
    } else if (Ip::parse(address) == ip && words >> a.prefix >> broadcast >> a.device) {
      a.broadcast = Ip::parse(broadcast);
      while (words >> word) {
        if (word == "nobrd")
          a.broadcast.reset();
        else if (word == "label" && words >> value)
          a.label = value;
        else if (word == "scope" && words >> value)
          a.scope = scope_named(value).value_or(a.scope);
      }
    } else {
      continue;
    }
    if (a.label == a.device) a.label.clear();
    copies.push_back(std::move(a));
  }
  return copies;
}

}  // namespace um::address
