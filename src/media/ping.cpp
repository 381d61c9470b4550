#include "media/ping.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

namespace um::media {
namespace {

std::optional<Address> parse_address(IcmpVersion version, const std::string& text) {
  Address out;
  if (version == IcmpVersion::kV4) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    if (::inet_pton(AF_INET, text.c_str(), &in.sin_addr) != 1) return std::nullopt;
    std::memcpy(&out.storage, &in, out.size = sizeof in);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    if (::inet_pton(AF_INET6, text.c_str(), &in.sin6_addr) != 1) return std::nullopt;
    std::memcpy(&out.storage, &in, out.size = sizeof in);
  }
  return out;
}

bool same_host(const Address& a, const Address& b) {
  if (a.storage.ss_family != b.storage.ss_family) return false;
  if (a.storage.ss_family == AF_INET)
    return reinterpret_cast<const sockaddr_in&>(a.storage).sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in&>(b.storage).sin_addr.s_addr;
  return IN6_ARE_ADDR_EQUAL(&reinterpret_cast<const sockaddr_in6&>(a.storage).sin6_addr,
                            &reinterpret_cast<const sockaddr_in6&>(b.storage).sin6_addr);
}

// The kernel then wakes us for echo replies alone. Only a saving: replies are checked anyway.
void want_only_replies(int fd, IcmpVersion version) {
  if (version == IcmpVersion::kV4) {
    icmp_filter filter{~(1U << ICMP_ECHOREPLY)};
    ::setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof filter);
  } else {
    icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    ::setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
  }
}

}  // namespace

PingMedium::PingMedium(boost::asio::any_io_executor executor, PingTarget target, std::uint16_t id,
                       Say say)
    : Medium(target.type, target.node),
      executor_(std::move(executor)),
      target_(std::move(target)),
      version_(target_.type == "ping6" ? IcmpVersion::kV6 : IcmpVersion::kV4),
      id_(id),
      say_(say),
      trouble_(target_.type + " " + target_.node, std::move(say)) {
  for (const std::string& text : target_.addresses)
    if (auto address = parse_address(version_, text)) to_.push_back(*address);
}

std::optional<std::string> PingMedium::start(OnPacket on_packet) {
  on_packet_ = std::move(on_packet);
  bool v4 = version_ == IcmpVersion::kV4;
  Fd fd(::socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
                 v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6}));
  if (!fd)
    return fmt::format("{} {}: cannot open a raw ICMP socket: {}", type(), link(),
                       std::strerror(errno));
  want_only_replies(fd.get(), version_);
  reader_ = std::make_unique<Reader>(executor_, std::move(fd),
                                     [this](int readable) { return receive(readable); });
  say_(LogLevel::kInfo, type() == "ping_group"
                            ? "glib: ping group heartbeat started."
                            : fmt::format("glib: {} heartbeat started.", type()));
  return std::nullopt;
}

void PingMedium::send(std::string_view packet) {
  if (!reader_ || to_.empty()) return;
  std::string request = echo_request(version_, {id_, number_, packet});
  answered_.reset(number_ % kWindow);
  ++number_;
  int error = 0;
  for (const Address& to : to_) {
    const auto* raw = reinterpret_cast<const sockaddr*>(&to.storage);
    if (::sendto(reader_->fd(), request.data(), request.size(), MSG_NOSIGNAL, raw, to.size) < 0)
      error = errno;
  }
  TimePoint now = read_clock().monotonic;
  error == 0 ? trouble_.worked(now) : trouble_.failed(std::strerror(error), now);
}

std::optional<wire::Message> PingMedium::carried(const wire::Message& message) const {
  if (message.type() != "status") return std::nullopt;
  wire::Message echo("NS_st");
  echo.set("st", "ping").set("info", type()).set("src", link()).set("ts", message.get("ts"));
  return echo;
}

bool PingMedium::accepts(const wire::Message& message) const {
  return message.type() == "NS_st" && message.get("info") == type() && message.get("src") == link();
}

// Every raw socket sees the replies to every ping of this machine.
bool PingMedium::expected(const Echo& echo, const Address& from) {
  if (echo.id != id_) return false;
  if (type() != "ping_group") return true;
  if (std::ranges::none_of(to_, [&](const Address& member) { return same_host(member, from); }))
    return false;
  auto age = static_cast<std::uint16_t>(number_ - 1 - echo.number);
  if (age >= kWindow || answered_.test(echo.number % kWindow)) return false;
  answered_.set(echo.number % kWindow);
  return true;
}

Reader::Found PingMedium::receive(int fd) {
  std::array<char, 8192> buffer;
  Address from;
  from.size = sizeof from.storage;
  ssize_t size = ::recvfrom(fd, buffer.data(), buffer.size(), 0,
                            reinterpret_cast<sockaddr*>(&from.storage), &from.size);
  if (size < 0)
    return errno == EAGAIN || errno == EINTR ? Reader::Found::kNothing : Reader::Found::kSomething;
  std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
  if (version_ == IcmpVersion::kV4) bytes = skip_ipv4_header(bytes);
  auto echo = parse_echo_reply(version_, bytes);
  if (echo && expected(*echo, from)) on_packet_(echo->data);
  return Reader::Found::kSomething;
}

}  // namespace um::media
