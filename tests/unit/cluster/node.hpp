// node.hpp - one engine under test, its clock, and messages written as in the wire spec's
// transcripts.
//
//   Node alpha(two_nodes());
//   alpha.start();
//   alpha.hear("beta t=status st=up dt=1770 seq=2");
//   EXPECT_EQ(alpha.sent(), (Lines{"t=status st=init dt=1f40 seq=1", ...}));
//
// Control fields are added to what is heard (hg, ts; protocol to a status) unless written out, and
// left out of what is shown, as in the transcripts.
#pragma once
#include <algorithm>
#include <charconv>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "cluster/engine.hpp"

namespace um::cluster::test {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

inline constexpr std::int64_t kStartOfTime = 1'795'332'000;

/// alpha (the node under test) and beta on eth0; times of the wire spec's section 10. No resource
/// management: the membership half alone.
inline Config two_nodes() {
  Config config;
  config.node = "alpha";
  config.uuid.fill(0xa1);
  config.generation = 7;
  config.nodes = {{"alpha", NodeKind::kNormal}, {"beta", NodeKind::kNormal}};
  config.media = {{"eth0", ""}};
  config.times = {1000ms, 6000ms, 3000ms, 10000ms, 6000ms, 250ms};
  config.manage_resources = false;
  return config;
}

inline Config three_nodes() {
  Config config = two_nodes();
  config.nodes.push_back({"gamma", NodeKind::kNormal});
  return config;
}

inline std::string show(const wire::Message& message) {
  static constexpr std::string_view kHidden[] = {"destuuid", "src", "srcuuid",  "hg", "ts",
                                                 "ld",       "ttl", "protocol", "um"};
  std::string text;
  for (const wire::Field& field : message.fields()) {
    if (std::ranges::find(kHidden, field.name) != std::end(kHidden)) continue;
    if (!text.empty()) text += ' ';
    const bool quoted = field.value.find(' ') != std::string::npos;
    text +=
        fmt::format("{}={}{}{}", field.name, quoted ? "\"" : "", field.value, quoted ? "\"" : "");
  }
  return text;
}

/// `name=value name="two words"`, in order.
inline wire::Message parse_fields(std::string_view text) {
  wire::Message message;
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) break;
    const std::string_view name = text.substr(0, equals);
    text.remove_prefix(equals + 1);
    const bool quoted = text.starts_with('"');
    if (quoted) text.remove_prefix(1);
    const auto end = std::min(text.find(quoted ? '"' : ' '), text.size());
    message.append({std::string(name), std::string(text.substr(0, end))});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return message;
}

class Node {
 public:
  explicit Node(Config config) : engine_(std::move(config)) {}

  void start() { take(engine_.handle(Started{}, now())); }

  /// Lets time pass, waking the engine exactly when it asked to be.
  void advance(Duration time) {
    const TimePoint end = time_ + time;
    while (engine_.next_deadline() <= end) {
      time_ = std::max(time_, engine_.next_deadline());
      take(engine_.handle(Tick{}, now()));
    }
    time_ = end;
  }
  /// Lets time pass without the engine being run.
  void freeze(Duration time) { time_ += time; }
  void wake() { take(engine_.handle(Tick{}, now())); }

  /// `line`: the sender's name, then its fields.
  void hear(std::string_view line, std::size_t medium = 0) {
    const auto blank = line.find(' ');
    const std::string sender(line.substr(0, blank));
    wire::Message message = parse_fields(line.substr(blank + 1));
    auto supply = [&](std::string_view name, std::string_view value) {
      if (!message.has(name)) message.set(name, value);
    };
    supply("src", sender);
    supply("hg", "1");
    supply("ts", fmt::format("{:x}", now().unix_seconds));
    if (message.type() == "status" && message.get("protocol") != "none") supply("protocol", "1");
    if (message.get("protocol") == "none") message.erase("protocol");
    take(engine_.handle(PacketReceived{medium, std::move(message)}, now()));
  }
  void hear(const wire::Message& message, std::size_t medium = 0) {
    take(engine_.handle(PacketReceived{medium, message}, now()));
  }
  void submit(std::string_view fields) {
    take(engine_.handle(LocalMessage{parse_fields(fields)}, now()));
  }
  void handle(const Event& event) { take(engine_.handle(event, now())); }

  /// Everything sent since the last call.
  Lines sent() {
    Lines lines;
    for (const wire::Message& message : std::exchange(packets_, {})) lines.push_back(show(message));
    return lines;
  }
  Lines sent(std::string_view type) {
    Lines lines;
    for (const wire::Message& message : std::exchange(packets_, {}))
      if (message.type() == type) lines.push_back(show(message));
    return lines;
  }
  std::vector<wire::Message> packets() { return std::exchange(packets_, {}); }
  /// Log lines since the last call, as `LEVEL: text`.
  Lines log() { return std::exchange(log_, {}); }
  /// What API clients with the default filter mask saw since the last call.
  Lines delivered(Treatment treatment = Treatment::kKeep) {
    Lines lines;
    for (const DeliverLocal& d : std::exchange(delivered_, {}))
      if (d.treatment == treatment) lines.push_back(show(d.message));
    return lines;
  }
  /// Other actions since the last call, by name.
  Lines actions() { return std::exchange(actions_, {}); }
  void forget() {
    sent();
    log();
    delivered();
    actions();
  }

  std::string status(std::string_view node) const {
    return std::string(to_string(engine_.cluster().status_of(node)));
  }
  NodeView view(std::string_view node) const {
    for (NodeView& view : engine_.cluster().nodes())
      if (view.name == node) return view;
    return {};
  }
  std::string link(std::string_view node, std::string_view name) const {
    for (const LinkView& link : view(node).links)
      if (link.name == name) return link.up ? "up" : "dead";
    return "none";
  }

  Now now() const {
    return {time_,
            kStartOfTime + wall_offset_ +
                std::chrono::duration_cast<std::chrono::seconds>(time_ - TimePoint{}).count()};
  }
  void set_wall_clock_back(std::int64_t seconds) { wall_offset_ -= seconds; }
  const Engine& engine() const { return engine_; }

 private:
  static std::string_view level(LogLevel level) {
    static constexpr std::string_view kNames[] = {"debug", "info",  "notice",
                                                  "WARN",  "ERROR", "CRIT"};
    return kNames[static_cast<std::size_t>(level)];
  }

  void take(Actions actions) {
    for (Action& action : actions) {
      if (auto* packet = std::get_if<SendPacket>(&action)) {
        packets_.push_back(std::move(packet->message));
      } else if (auto* line = std::get_if<Log>(&action)) {
        log_.push_back(fmt::format("{}: {}", level(line->level), line->text));
      } else if (auto* local = std::get_if<DeliverLocal>(&action)) {
        delivered_.push_back(std::move(*local));
      } else if (std::holds_alternative<CommUp>(action)) {
        actions_.push_back("comm up");
      } else if (auto* pause = std::get_if<PauseClients>(&action)) {
        actions_.push_back(pause->paused ? "pause clients" : "resume clients");
      } else if (std::holds_alternative<StopClients>(action)) {
        actions_.push_back("stop clients");
      } else if (auto* exit = std::get_if<Exit>(&action)) {
        actions_.push_back(exit->restart ? "exit for restart" : "exit");
      } else if (auto* saved = std::get_if<SaveDeletedNodes>(&action)) {
        std::string names;
        for (const std::string& name : saved->names) names += ' ' + name;
        actions_.push_back("save deleted nodes:" + names);
      }
    }
  }

  Engine engine_;
  TimePoint time_{1h};
  std::int64_t wall_offset_ = 0;
  std::vector<wire::Message> packets_;
  Lines log_, actions_;
  std::vector<DeliverLocal> delivered_;
};

inline bool contains(const Lines& lines, std::string_view line) {
  return std::ranges::find(lines, line) != lines.end();
}
inline std::size_t count(const Lines& lines, std::string_view line) {
  return static_cast<std::size_t>(std::ranges::count(lines, line));
}

/// Brings alpha to comm-up with a living, active beta whose last status had number 3.
inline void join(Node& alpha) {
  alpha.start();
  alpha.hear("beta t=status st=up dt=1770 seq=1");
  alpha.hear("beta t=repnodes dest=alpha nodelist=\"alpha beta \" delnodelist=\" \" seq=2");
  alpha.hear("beta t=status st=active dt=1770 seq=3");
  alpha.forget();
}

/// Lets time pass while beta sends a status every second, from number `seq` on; returns the next.
inline std::uint64_t keep_alive(Node& alpha, std::uint64_t seq, int seconds) {
  for (int i = 0; i < seconds; ++i) {
    alpha.advance(1s);
    alpha.hear(fmt::format("beta t=status st=active dt=1770 seq={:x}", seq++));
  }
  return seq;
}

}  // namespace um::cluster::test
