#include "address/netlink.hpp"

#include <map>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>

namespace um::address {
namespace {

template <class T, void (*release)(T*)>
struct Release {
  void operator()(T* object) const { release(object); }
};
using Cache = std::unique_ptr<nl_cache, Release<nl_cache, nl_cache_free>>;
using AddrObject = std::unique_ptr<rtnl_addr, Release<rtnl_addr, rtnl_addr_put>>;
using LinkObject = std::unique_ptr<rtnl_link, Release<rtnl_link, rtnl_link_put>>;
using NlAddr = std::unique_ptr<nl_addr, Release<nl_addr, nl_addr_put>>;

Failure failure(int nl_error) {
  return {nl_geterror(nl_error)};
}

template <class Object, class Visit>
void for_each(nl_cache* cache, Visit visit) {
  for (nl_object* o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o))
    visit(reinterpret_cast<Object*>(o));
}

std::span<const std::uint8_t> bytes_of(const nl_addr* address) {
  if (!address) return {};
  return {static_cast<const std::uint8_t*>(nl_addr_get_binary_addr(address)),
          nl_addr_get_len(address)};
}

NlAddr to_nl(const Ip& ip) {
  const auto bytes = ip.bytes();
  return NlAddr(nl_addr_build(ip.is_v6() ? AF_INET6 : AF_INET, bytes.data(), bytes.size()));
}

Link to_link(rtnl_link* object) {
  const auto mac = bytes_of(rtnl_link_get_addr(object));
  const auto broadcast = bytes_of(rtnl_link_get_broadcast(object));
  const unsigned flags = rtnl_link_get_flags(object);
  Link link;
  link.index = rtnl_link_get_ifindex(object);
  if (const char* name = rtnl_link_get_name(object)) link.name = name;
  link.hardware_type = static_cast<std::uint16_t>(rtnl_link_get_arptype(object));
  link.mac.assign(mac.begin(), mac.end());
  link.broadcast.assign(broadcast.begin(), broadcast.end());
  link.up = flags & IFF_UP;
  link.carrier = flags & IFF_RUNNING;
  link.loopback = flags & IFF_LOOPBACK;
  link.no_arp = flags & IFF_NOARP;
  return link;
}

Assigned to_assigned(rtnl_addr* object, const std::string& device) {
  Assigned a;
  a.ip = Ip::from_bytes(bytes_of(rtnl_addr_get_local(object)));
  a.prefix = rtnl_addr_get_prefixlen(object);
  a.device = device;
  if (const char* label = rtnl_addr_get_label(object); label && device != label) a.label = label;
  if (const nl_addr* broadcast = rtnl_addr_get_broadcast(object))
    a.broadcast = Ip::from_bytes(bytes_of(broadcast));
  a.scope = static_cast<Scope>(rtnl_addr_get_scope(object));
  const unsigned flags = rtnl_addr_get_flags(object);
  a.tentative = flags & IFA_F_TENTATIVE;
  a.duplicate = flags & IFA_F_DADFAILED;
  return a;
}

/// The kernel's object for an address of ours; nothing when its device does not exist.
AddrObject to_object(const Assigned& a) {
  const unsigned index = if_nametoindex(a.device.c_str());
  if (index == 0) return nullptr;
  AddrObject object(rtnl_addr_alloc());
  rtnl_addr_set_local(object.get(), to_nl(a.ip).get());
  rtnl_addr_set_prefixlen(object.get(), a.prefix);
  rtnl_addr_set_ifindex(object.get(), static_cast<int>(index));
  rtnl_addr_set_scope(object.get(), static_cast<int>(a.scope));
  if (a.broadcast) rtnl_addr_set_broadcast(object.get(), to_nl(*a.broadcast).get());
  if (!a.label.empty()) rtnl_addr_set_label(object.get(), a.label.c_str());
  if (a.without_dad) rtnl_addr_set_flags(object.get(), IFA_F_NODAD);
  return object;
}

}  // namespace

void Netlink::Close::operator()(nl_sock* socket) const {
  nl_socket_free(socket);
}
Netlink::Netlink(std::unique_ptr<nl_sock, Close> socket) : socket_(std::move(socket)) {}
Netlink::Netlink(Netlink&&) noexcept = default;
Netlink& Netlink::operator=(Netlink&&) noexcept = default;
Netlink::~Netlink() = default;

Result<Netlink> Netlink::open() {
  std::unique_ptr<nl_sock, Close> socket(nl_socket_alloc());
  if (!socket) return Failure{"out of memory"};
  if (const int error = nl_connect(socket.get(), NETLINK_ROUTE); error < 0) return failure(error);
  // The kernel never sends more than this in one message of a dump, so each is read once, without
  // asking for its size first.
  nl_socket_set_msg_buf_size(socket.get(), 32768);
  nl_socket_disable_msg_peek(socket.get());
  return Netlink(std::move(socket));
}

Result<Table> Netlink::table() {
  Table table;
  std::map<int, std::string> names;
  nl_cache* raw = nullptr;
  if (const int error = rtnl_link_alloc_cache(socket_.get(), AF_UNSPEC, &raw); error < 0)
    return failure(error);
  const Cache links(raw);
  for_each<rtnl_link>(links.get(), [&](rtnl_link* object) {
    table.links.push_back(to_link(object));
    names[table.links.back().index] = table.links.back().name;
  });
  if (const int error = rtnl_addr_alloc_cache(socket_.get(), &raw); error < 0)
    return failure(error);
  const Cache addresses(raw);
  for_each<rtnl_addr>(addresses.get(), [&](rtnl_addr* object) {
    const int family = rtnl_addr_get_family(object);
    if (family == AF_INET || family == AF_INET6)
      table.addresses.push_back(to_assigned(object, names[rtnl_addr_get_ifindex(object)]));
  });
  return table;
}

Result<void> Netlink::read_routes(Table& table) {
  nl_cache* raw = nullptr;
  if (const int error = rtnl_route_alloc_cache(socket_.get(), AF_INET, 0, &raw); error < 0)
    return failure(error);
  const Cache routes(raw);
  std::map<int, std::string> names;
  for (const Link& link : table.links) names[link.index] = link.name;
  for_each<rtnl_route>(routes.get(), [&](rtnl_route* object) {
    const std::uint32_t id = rtnl_route_get_table(object);
    const int type = rtnl_route_get_type(object);
    const bool local = id == RT_TABLE_LOCAL && type == RTN_LOCAL;
    rtnl_nexthop* hop = rtnl_route_nexthop_n(object, 0);
    if (!hop || (!local && (id != RT_TABLE_MAIN || type != RTN_UNICAST))) return;
    const nl_addr* destination = rtnl_route_get_dst(object);
    Route route;
    if (const auto bytes = bytes_of(destination); !bytes.empty()) {
      route.destination = Ip::from_bytes(bytes);
      route.prefix = static_cast<int>(nl_addr_get_prefixlen(destination));
    }
    route.metric = rtnl_route_get_priority(object);
    route.device = names[rtnl_route_nh_get_ifindex(hop)];
    route.local = local;
    table.routes.push_back(std::move(route));
  });
  return {};
}

Result<void> Netlink::add(const Assigned& address) {
  const AddrObject object = to_object(address);
  if (!object) return Failure{"No such device"};
  const int error = rtnl_addr_add(socket_.get(), object.get(), NLM_F_CREATE | NLM_F_EXCL);
  if (error < 0 && error != -NLE_EXIST) return failure(error);
  return {};
}

Result<void> Netlink::remove(const Assigned& address) {
  const AddrObject object = to_object(address);
  if (!object) return {};
  const int error = rtnl_addr_delete(socket_.get(), object.get(), 0);
  if (error < 0 && error != -NLE_NOADDR && error != -NLE_OBJ_NOTFOUND && error != -NLE_NODEV)
    return failure(error);
  return {};
}

Result<void> Netlink::bring_up(const std::string& device) {
  const unsigned index = if_nametoindex(device.c_str());
  if (index == 0) return Failure{"No such device"};
  const LinkObject now(rtnl_link_alloc()), wanted(rtnl_link_alloc());
  rtnl_link_set_ifindex(now.get(), static_cast<int>(index));
  rtnl_link_set_flags(wanted.get(), IFF_UP);
  if (const int error = rtnl_link_change(socket_.get(), now.get(), wanted.get(), 0); error < 0)
    return failure(error);
  return {};
}

}  // namespace um::address
