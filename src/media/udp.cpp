#include "media/udp.hpp"

#include <array>
#include <cerrno>
#include <cstring>

namespace um::media {
namespace {

constexpr std::size_t kLargestDatagram = 65536;

std::string type_name(const UdpRoute& route) {
  constexpr std::array kNames{"bcast", "mcast", "ucast", "ucast6", "mcast6"};
  return kNames[route.index()];
}

std::string log_name(const UdpRoute& route) {
  return type_name(route) + " " + interface_of(route);
}

// Wire 9.1.
std::string started_line(const UdpRoute& route) {
  if (auto* r = std::get_if<parsers::Bcast>(&route))
    return fmt::format("glib: UDP Broadcast heartbeat started on port {0} ({0}) interface {1}",
                       r->port, r->interface);
  if (auto* r = std::get_if<parsers::Mcast>(&route))
    return fmt::format(
        "glib: UDP multicast heartbeat started for group {} port {} interface {} (ttl={} loop={})",
        r->group, r->port, r->interface, r->ttl, int{r->loop});
  if (auto* r = std::get_if<parsers::Ucast>(&route))
    return fmt::format("glib: ucast: started on port {} interface {} to {}", r->port, r->interface,
                       r->address);
  if (auto* r = std::get_if<parsers::Ucast6>(&route))
    return fmt::format("glib: ucast6: heartbeat started for [{}]:{} on interface {}", r->address,
                       r->port, r->interface);
  const auto& r = std::get<parsers::Mcast6>(route);
  return fmt::format(
      "glib: UDP multicast heartbeat started for [{}]:{} on interface {} (hops={} loop={})",
      r.group, r.port, r.interface, r.hops, int{r.loop});
}

}  // namespace

UdpMedium::UdpMedium(boost::asio::any_io_executor executor, UdpRoute route, Say say)
    : Medium(type_name(route), interface_of(route)),
      executor_(std::move(executor)),
      route_(std::move(route)),
      say_(say),
      trouble_(log_name(route_), std::move(say)) {}

std::optional<std::string> UdpMedium::start(OnPacket on_packet) {
  on_packet_ = std::move(on_packet);
  auto failure = open();
  if (failure && !failure->may_pass)
    return fmt::format("{}: {}", log_name(route_), failure->reason);
  if (failure)
    say_(LogLevel::kWarn, fmt::format("{}: {}: waiting for it", log_name(route_), failure->reason));
  return std::nullopt;
}

std::optional<OpenFailure> UdpMedium::open() {
  reader_.reset();
  send_.reset();
  fingerprint_ = 0;
  std::uint64_t now_there = fingerprint(route_);
  auto opened = open_udp(route_);
  if (auto* failure = std::get_if<OpenFailure>(&opened)) {
    missing_ = failure->reason;
    return *failure;
  }
  auto& sockets = std::get<UdpSockets>(opened);
  send_ = std::move(sockets.send);
  to_ = sockets.to;
  reader_ = std::make_unique<Reader>(executor_, std::move(sockets.receive),
                                     [this](int fd) { return receive(fd); });
  fingerprint_ = now_there;
  say_(LogLevel::kInfo, started_line(route_));
  return std::nullopt;
}

// An interface that was removed and came back has another index, one that got another address
// another broadcast address; sockets opened before would be deaf without any error.
void UdpMedium::follow_interface(TimePoint now) {
  if (now - looked_ < kLookInterval) return;
  looked_ = now;
  if (fingerprint_ == 0 || fingerprint(route_) != fingerprint_) open();
}

void UdpMedium::send(std::string_view packet) {
  TimePoint now = read_clock().monotonic;
  follow_interface(now);
  if (!send_) return trouble_.failed(missing_, now);
  const auto* to = reinterpret_cast<const sockaddr*>(&to_.storage);
  ssize_t sent = ::sendto(send_.get(), packet.data(), packet.size(), MSG_NOSIGNAL, to, to_.size);
  if (sent >= 0) return trouble_.worked(now);
  trouble_.failed(std::strerror(errno), now);
}

Reader::Found UdpMedium::receive(int fd) {
  static thread_local std::array<char, kLargestDatagram> buffer;
  ssize_t size = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (size < 0) {
    if (errno == EAGAIN || errno == EINTR) return Reader::Found::kNothing;
    // ENETDOWN and the like are told once and cleared; the socket stays good.
    return Reader::Found::kSomething;
  }
  on_packet_(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
  return Reader::Found::kSomething;
}

}  // namespace um::media
