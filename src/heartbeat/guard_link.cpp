#include "heartbeat/guard_link.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>
#include <sys/socket.h>

namespace um::heartbeat {
namespace {

using std::chrono::milliseconds;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t at = text.find(separator);
    out.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

std::optional<long> number(const std::vector<std::string>& words, std::size_t index) {
  if (index >= words.size()) return std::nullopt;
  const std::string& word = words[index];
  long value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

std::optional<GuardMessage> decode_holds(const std::vector<std::string>& lines) {
  EngineHolds holds;
  holds.type = lines[0].substr(lines[0].find(' ') + 1);
  for (std::size_t i = 1; i < lines.size(); ++i) holds.groups.push_back(split(lines[i], ' '));
  return holds;
}

}  // namespace

std::string encode(const GuardMessage& message) {
  return std::visit(
      Overloaded{
          [](const EngineReady&) -> std::string { return "ready"; },
          [](const EngineFailed& m) { return fmt::format("failed {}", m.code); },
          [](const EngineHolds& m) {
            std::string text = "holds " + m.type;
            for (const auto& group : m.groups) text += fmt::format("\n{}", fmt::join(group, " "));
            return text;
          },
          [](const EngineSettings& m) {
            return fmt::format("settings {} {} {}", m.keepalive.count(), m.deadtime.count(),
                               m.watchdog ? 1 : 0);
          },
          [](const EngineLeaves&) -> std::string { return "leaves"; },
          [](const EngineRestarts& m) { return fmt::format("restarts {}", m.delay.count()); }},
      message);
}

std::optional<GuardMessage> decode_guard_message(std::string_view packet) {
  const std::vector<std::string> lines = split(packet, '\n');
  const std::vector<std::string> words = split(lines[0], ' ');
  if (words[0] == "ready") return EngineReady{};
  if (words[0] == "leaves") return EngineLeaves{};
  if (words[0] == "holds" && words.size() == 2) return decode_holds(lines);
  if (words[0] == "failed")
    if (const auto code = number(words, 1)) return EngineFailed{static_cast<int>(*code)};
  if (words[0] == "restarts")
    if (const auto delay = number(words, 1)) return EngineRestarts{milliseconds(*delay)};
  if (words[0] == "settings") {
    const auto keepalive = number(words, 1), deadtime = number(words, 2), dog = number(words, 3);
    if (keepalive && deadtime && dog)
      return EngineSettings{milliseconds(*keepalive), milliseconds(*deadtime), *dog != 0};
  }
  return std::nullopt;
}

std::optional<LinkEnds> make_link() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return std::nullopt;
  return LinkEnds{ends[0], ends[1]};
}

bool send_on_link(int fd, const GuardMessage& message) {
  const std::string packet = encode(message);
  return ::send(fd, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
         static_cast<ssize_t>(packet.size());
}

}  // namespace um::heartbeat
