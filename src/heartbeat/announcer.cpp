#include "heartbeat/announcer.hpp"

#include <algorithm>
#include <fstream>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "address/frames.hpp"
#include "address/netlink.hpp"
#include "address/owned.hpp"
#include "address/packet_socket.hpp"

namespace um::heartbeat {
namespace {

namespace asio = boost::asio;

bool forwards_ipv6() {
  std::ifstream file("/proc/sys/net/ipv6/conf/all/forwarding");
  return file.get() == '1';
}

asio::awaitable<void> send(asio::any_io_executor executor, address::PacketSocket socket,
                           address::Announcement announcement) {
  asio::steady_timer timer(executor);
  const auto begin = std::chrono::steady_clock::now();
  for (int n = 0; n < announcement.size(); ++n) {
    timer.expires_at(begin + announcement.due(n));
    co_await timer.async_wait(asio::use_awaitable);
    (void)socket.send(announcement.frame(n));  // a full queue: the next frame says the same
  }
}

}  // namespace

void announce_held_addresses(asio::any_io_executor executor, const std::filesystem::path& owned,
                             Log& log) {
  const auto all = address::OwnedStore(owned).all();
  if (all.empty()) return;
  auto netlink = address::Netlink::open();
  if (!netlink) return log.error("Cannot read the addresses: {}", netlink.error().reason);
  const auto table = netlink->table();
  if (!table) return log.error("Cannot read the addresses: {}", table.error().reason);
  for (const address::Owned& entry : all) {
    const address::Link* const link = table->link(entry.place.device);
    if (!link || !link->can_announce() || table->holding(entry.place.ip).empty()) continue;
    auto socket = address::PacketSocket::open(*link);
    if (!socket) {
      log.error("Cannot announce {}: {}", entry.place.ip.text(), socket.error().reason);
      continue;
    }
    log.info("Announcing {} on {} again.", entry.place.ip.text(), link->name);
    asio::co_spawn(
        executor,
        send(executor, std::move(*socket),
             address::Announcement(*link, entry.place.ip, entry.schedule, forwards_ipv6())),
        asio::detached);
  }
}

}  // namespace um::heartbeat
