// tables.hpp - a node's kernel written down as `ip addr` and `ip route` show it.
#pragma once
#include <sstream>
#include <string>

#include "address/owned.hpp"
#include "address/table.hpp"

namespace um::address {

inline Link link(const std::string& name, int index = 2) {
  Link link;
  link.index = index;
  link.name = name;
  link.loopback = name == "lo";
  link.up = link.carrier = true;
  link.hardware_type = link.loopback ? 772 : 1;
  link.mac = {0x02, 0, 0, 0, 0, 1};
  link.broadcast = Bytes(6, 0xff);
  return link;
}

/// `192.168.0.105/24 brd 192.168.0.255 dev eth0 label eth0:0`
inline Assigned assigned(const std::string& words) {
  return read_owned(words)->place;
}

/// `default dev eth0 metric 100`, `10.0.0.0/8 dev eth1`, `local 127.0.0.0/8 dev lo`
inline Route route(const std::string& text) {
  std::istringstream words(text);
  Route route;
  std::string word;
  words >> word;
  if (word == "local") {
    route.local = true;
    words >> word;
  }
  if (word != "default") {
    route.destination = *Ip::parse(word.substr(0, word.find('/')));
    route.prefix = std::stoi(word.substr(word.find('/') + 1));
  }
  while (words >> word) {
    if (word == "dev") words >> route.device;
    if (word == "metric") words >> route.metric;
  }
  return route;
}

/// lo, eth0 and eth1, all up, with 127.0.0.1 and 192.168.0.103/24.
inline Table node(std::initializer_list<std::string> addresses = {},
                  std::initializer_list<std::string> routes = {}) {
  Table table;
  table.links = {link("lo", 1), link("eth0", 2), link("eth1", 3)};
  table.addresses = {assigned("127.0.0.1/8 dev lo scope host"),
                     assigned("192.168.0.103/24 brd 192.168.0.255 dev eth0")};
  table.routes = {route("local 127.0.0.0/8 dev lo"), route("192.168.0.0/24 dev eth0")};
  for (const auto& text : addresses) table.addresses.push_back(assigned(text));
  for (const auto& text : routes) table.routes.push_back(route(text));
  return table;
}

}  // namespace um::address
