#include "address/findif.hpp"

#include <algorithm>

namespace um::address {
namespace {

bool better(const Route& a, const Route& b) {
  return a.prefix != b.prefix ? a.prefix > b.prefix : a.metric < b.metric;
}

/// The local table counts for loopback addresses only: there every address of the node has a route.
const Route* best_route(const Ip& ip, std::string_view device, const Table& table) {
  const Route* best = nullptr;
  for (const Route& route : table.routes) {
    if (!device.empty() && route.device != device) continue;
    if (route.local != ip.is_loopback() || !ip.in(route.destination, route.prefix)) continue;
    if (!best || better(route, *best)) best = &route;
  }
  return best;
}

/// IPv6: an address that others gave this node in the same network shows the way.
const Assigned* neighbour_of(const Ip& ip, const Table& table) {
  const Assigned* best = nullptr;
  for (const Assigned& a : table.addresses) {
    if (a.ip == ip || a.scope != Scope::kGlobal || a.prefix >= 128 || table.is_loopback(a.device))
      continue;
    if (ip.in(a.ip, a.prefix) && (!best || a.prefix > best->prefix)) best = &a;
  }
  return best;
}

/// Only a network that the interface is in already has a known broadcast address.
std::optional<Ip> broadcast_on(const Assigned& place, const Table& table) {
  for (const Assigned& a : table.addresses)
    if (a.device == place.device && a.ip != place.ip && a.broadcast && a.prefix <= place.prefix &&
        place.ip.in(a.ip, a.prefix))
      return a.broadcast;
  return {};
}

std::optional<Ip> broadcast_of(const Spec& spec, const Assigned& place, const Table& table) {
  switch (spec.broadcast_word) {
    case BroadcastWord::kGiven: return spec.broadcast;
    case BroadcastWord::kHostBits: return place.ip.broadcast(place.prefix);
    case BroadcastWord::kNetwork: return place.ip.network(place.prefix);
    case BroadcastWord::kUnset: break;
  }
  return broadcast_on(place, table);
}

Result<Assigned> find_v6(const Spec& spec, Assigned place, const Table& table) {
  const Assigned* neighbour = neighbour_of(place.ip, table);
  if (place.device.empty()) {
    if (!neighbour)
      return Failure{"No interface holds a global address with the prefix of " + place.ip.text()};
    place.device = neighbour->device;
  }
  place.prefix = spec.prefix.value_or(neighbour ? neighbour->prefix : 128);
  return place;
}

}  // namespace

Result<Assigned> find_interface(const Spec& spec, const Table& table) {
  if (!spec.problem.empty()) return Failure{spec.problem};
  Assigned place;
  place.ip = *spec.ip;
  place.device = spec.device;
  place.label = spec.label;
  if (place.ip.is_loopback()) place.scope = Scope::kHost;  // the kernel insists
  if (place.ip.is_v6()) return find_v6(spec, std::move(place), table);

  const Route* route = best_route(place.ip, spec.device, table);
  if (spec.device.empty()) {
    if (!route) return Failure{"No route to " + place.ip.text()};
    place.device = route->device;
  }
  if (!spec.prefix) {
    if (!route) return Failure{"No route to " + place.ip.text() + " on " + place.device};
    if (route->prefix == 0)
      return Failure{"Cannot use default route w/o netmask [" + place.ip.text() + "]"};
  }
  place.prefix = spec.prefix ? *spec.prefix : route->prefix;
  place.broadcast = broadcast_of(spec, place, table);
  return place;
}

std::string findif_line(const Assigned& place, const Spec& spec, bool netmask_as_bits) {
  const std::string netmask =
      netmask_as_bits ? std::to_string(place.prefix) : Ip::netmask(place.prefix).text();
  const bool given = spec.broadcast_word == BroadcastWord::kGiven;
  const Ip broadcast = place.broadcast.value_or(place.ip.broadcast(place.prefix));
  return place.device + '\t' + (given ? " " : "") + "netmask " + netmask + "\tbroadcast " +
         broadcast.text();
}

}  // namespace um::address
