#include "heartbeat/transport.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <variant>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "media/factory.hpp"

namespace um::heartbeat {
namespace {

um::LogLevel level_of(wire::LogLine::Level level) {
  switch (level) {
    case wire::LogLine::Level::kInfo: return um::LogLevel::kInfo;
    case wire::LogLine::Level::kWarn: return um::LogLevel::kWarn;
    case wire::LogLine::Level::kError: return um::LogLevel::kError;
  }
  return um::LogLevel::kWarn;
}

wire::Method method_of(parsers::AuthMethod method) {
  switch (method) {
    case parsers::AuthMethod::kCrc: return wire::Method::kCrc;
    case parsers::AuthMethod::kMd5: return wire::Method::kMd5;
    case parsers::AuthMethod::kSha1: return wire::Method::kSha1;
    case parsers::AuthMethod::kSha256: return wire::Method::kSha256;
    case parsers::AuthMethod::kSha512: return wire::Method::kSha512;
  }
  return wire::Method::kCrc;
}

// ---- text that is equal for ha.cf lines that mean the same medium

std::string key_of(const parsers::Bcast& m) {
  return fmt::format("{} {}", m.interface, m.port);
}
std::string key_of(const parsers::Mcast& m) {
  return fmt::format("{} {} {} {} {}", m.interface, m.group, m.port, m.ttl, m.loop);
}
std::string key_of(const parsers::Ucast& m) {
  return fmt::format("{} {} {}", m.interface, m.address, m.port);
}
std::string key_of(const parsers::Ucast6& m) {
  return fmt::format("{} {} {}", m.interface, m.address, m.port);
}
std::string key_of(const parsers::Mcast6& m) {
  return fmt::format("{} {} {} {} {}", m.interface, m.group, m.port, m.hops, m.loop);
}
std::string key_of(const parsers::Serial& m) {
  return fmt::format("{} {}", m.device, m.baud);
}
std::string key_of(const parsers::Ping& m) {
  return fmt::format("{} {}", m.host, m.address);
}
std::string key_of(const parsers::Ping6& m) {
  return fmt::format("{} {}", m.host, m.address);
}
std::string key_of(const parsers::PingGroup& m) {
  return fmt::format("{} {} {}", m.name, fmt::join(m.hosts, ","), fmt::join(m.addresses, ","));
}

std::string key_of_medium(const parsers::Medium& line) {
  return std::visit(
      [&](const auto& medium) {
        return fmt::format("{} {}", parsers::type_of(line), key_of(medium));
      },
      line);
}

}  // namespace

wire::Keyring keyring(const parsers::AuthKeys& keys) {
  wire::Keyring ring;
  for (unsigned i = 0; i < parsers::AuthKeys::kSlots; ++i)
    if (keys.keys[i]) ring.set(i, {method_of(keys.keys[i]->method), keys.keys[i]->key});
  if (keys.selected >= 0) ring.select(static_cast<unsigned>(keys.selected));
  return ring;
}

Transport::Transport(boost::asio::any_io_executor executor, OnMessage on_message, Log& log)
    : executor_(std::move(executor)), on_message_(std::move(on_message)), log_(log) {}

std::vector<Transport::Trouble> Transport::set_media(
    const std::vector<parsers::MediumLine>& lines) {
  std::vector<Entry> before = std::exchange(media_, {});
  std::vector<Trouble> trouble;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const parsers::MediumLine& line = lines[at];
    const std::string key = key_of_medium(line.medium);
    const auto known = std::ranges::find(before, key, &Entry::key);
    if (known != before.end()) {
      media_.push_back(std::move(*known));
      before.erase(known);
      *media_.back().index = at;
      continue;
    }
    Entry entry;
    entry.key = key;
    entry.index = std::make_shared<std::size_t>(at);
    entry.medium = media::make_medium(
        executor_, line.medium, static_cast<std::uint16_t>(::getpid()),
        [this](um::LogLevel level, const std::string& text) { log_.write(level, text); });
    if (const std::optional<std::string> reason = start(entry))
      trouble.push_back(
          {fmt::format("{} {}", parsers::type_of(line.medium), parsers::name_of(line.medium)),
           *reason});
    else
      media_.push_back(std::move(entry));
  }
  return trouble;
}

std::optional<std::string> Transport::start(Entry& entry) {
  return entry.medium->start([this, index = entry.index, medium = entry.medium.get()](
                                 std::string_view packet) { receive(*index, *medium, packet); });
}

void Transport::receive(std::size_t index, const media::Medium& medium, std::string_view packet) {
  wire::Decoded decoded = wire::decode_packet(packet, keys_);
  if (!decoded.ok()) return refuse(index, *decoded.rejection);
  if (medium.accepts(decoded.message)) on_message_(index, std::move(decoded.message));
}

void Transport::refuse(std::size_t index, const wire::Rejection& rejection) {
  std::vector<const wire::LogLine*> lines;
  for (const wire::LogLine& line : rejection.lines)
    if (log_bad_packets_ || line.always) lines.push_back(&line);
  if (lines.empty()) return;
  const std::string source = fmt::format("{}/{}", index, static_cast<int>(rejection.reason));
  if (!limiter_.allow(source, cluster::LogLevel::kWarn, lines.front()->text,
                      read_clock().monotonic))
    return;
  for (const wire::LogLine* line : lines) log_.write(level_of(line->level), line->text);
}

void Transport::send(const wire::Message& message) {
  std::array<std::optional<std::string>, 2> plain;  // the message itself in both forms, made once
  for (Entry& entry : media_) {
    const std::optional<wire::Message> carried = entry.medium->carried(message);
    if (!carried) continue;
    const wire::Form form = entry.medium->form(*carried, form_);
    std::optional<std::string>& bytes = plain[static_cast<std::size_t>(form)];
    if (!(*carried == message)) {
      entry.medium->send(wire::encode_packet(*carried, keys_, form));
    } else {
      if (!bytes) bytes = wire::encode_packet(message, keys_, form);
      entry.medium->send(*bytes);
    }
    ++sent_;
  }
  for (const cluster::Log& line : limiter_.take_counts(read_clock().monotonic))
    log_.warn("{}", line.text);
}

}  // namespace um::heartbeat
