#include "tools/decode_capture.hpp"

#include <array>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace um::tools {
namespace {

constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4, kNanoseconds = 0xa1b23c4d;
constexpr std::size_t kFileHeader = 24, kRecordHeader = 16;
constexpr unsigned kIcmp = 1, kUdp = 17, kIcmp6 = 58;

// Bytes that can be taken off the front; taking too many empties it and is remembered.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}

  std::uint32_t big(std::size_t size) { return number(size, false); }
  std::uint32_t number(std::size_t size, bool little) {
    std::string_view raw = take(size);
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < raw.size(); ++i)
      value = value << 8 | static_cast<unsigned char>(raw[little ? raw.size() - 1 - i : i]);
    return value;
  }
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view rest() const { return rest_; }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::string address(std::string_view raw) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(raw.size() == 4 ? AF_INET : AF_INET6, raw.data(), text.data(), text.size());
  return text.data();
}

// What is inside IP: the data of UDP or of an ICMP echo.
std::optional<Datagram> transport(unsigned protocol, std::string_view from, std::string_view to,
                                  std::string_view bytes) {
  Bytes in(bytes);
  Datagram out{0, address(from), address(to), ""};
  if (protocol == kUdp) {
    auto source = in.big(2), target = in.big(2), length = in.big(2);
    in.take(2);
    out.from += fmt::format(":{}", source);
    out.to += fmt::format(":{}", target);
    out.payload = in.rest().substr(0, length >= 8 ? length - 8 : 0);
  } else if (protocol == kIcmp || protocol == kIcmp6) {
    auto type = in.big(1);
    in.take(7);
    bool echo = protocol == kIcmp ? type == 0 || type == 8 : type == 128 || type == 129;
    if (!echo) return std::nullopt;
    out.payload = in.rest();
  } else {
    return std::nullopt;
  }
  return in.ok() ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<Datagram> ipv4(std::string_view bytes) {
  Bytes in(bytes);
  auto first = in.big(1);
  in.take(1);
  auto total = in.big(2);
  in.take(2);
  auto fragment = in.big(2);
  in.take(1);
  auto protocol = in.big(1);
  in.take(2);
  auto from = in.take(4), to = in.take(4);
  std::size_t header = (first & 0x0f) * 4;
  bool fragmented = (fragment & 0x3fff) != 0;
  if (!in.ok() || fragmented || header < 20 || total < header || total > bytes.size())
    return std::nullopt;
  return transport(protocol, from, to, bytes.substr(header, total - header));
}

std::optional<Datagram> ipv6(std::string_view bytes) {
  Bytes in(bytes);
  in.take(4);
  auto length = in.big(2), next = in.big(1);
  in.take(1);
  auto from = in.take(16), to = in.take(16);
  if (!in.ok()) return std::nullopt;
  return transport(next, from, to, in.rest().substr(0, length));
}

std::optional<Datagram> ip(std::string_view bytes) {
  unsigned version = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]) >> 4;
  return version == 4 ? ipv4(bytes) : version == 6 ? ipv6(bytes) : std::nullopt;
}

// The IP packet in a frame of that link type (numbers of tcpdump.org/linktypes.html).
std::string_view network_layer(std::uint32_t link_type, std::string_view bytes) {
  Bytes in(bytes);
  switch (link_type) {
    case 0:  // null
      in.take(4);
      break;
    case 1: {  // Ethernet
      in.take(12);
      for (auto type = in.big(2); type == 0x8100 || type == 0x88a8; type = in.big(2)) in.take(2);
      break;
    }
    case 12:
    case 101:
    case 228:
    case 229:  // raw
      break;
    case 113:  // Linux cooked
      in.take(16);
      break;
    case 276:  // Linux cooked v2
      in.take(20);
      break;
    default: return {};
  }
  return in.rest();
}

}  // namespace

std::optional<std::vector<Datagram>> read_capture(std::string_view bytes) {
  Bytes in(bytes);
  std::string_view header = in.take(kFileHeader);
  if (!in.ok()) return std::nullopt;
  auto magic = [&](bool little) { return Bytes(header).number(4, little); };
  bool little = magic(true) == kMicroseconds || magic(true) == kNanoseconds;
  std::uint32_t kind = magic(little);
  if (kind != kMicroseconds && kind != kNanoseconds) return std::nullopt;
  double unit = kind == kMicroseconds ? 1e-6 : 1e-9;
  std::uint32_t link_type = Bytes(header.substr(20)).number(4, little) & 0x0fffffff;

  std::vector<Datagram> all;
  std::optional<double> start;
  while (in.rest().size() >= kRecordHeader) {
    double seconds = in.number(4, little);
    seconds += in.number(4, little) * unit;
    std::uint32_t captured = in.number(4, little);
    in.take(4);
    std::string_view packet = in.take(captured);
    if (!in.ok()) break;
    if (!start) start = seconds;
    if (auto datagram = ip(network_layer(link_type, packet))) {
      datagram->seconds = seconds - *start;
      all.push_back(std::move(*datagram));
    }
  }
  return all;
}

}  // namespace um::tools
