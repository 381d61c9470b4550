// ipfail.hpp - gives the groups away when the other node reaches more ping nodes; pure.
//
// Spec: heartbeat-api 10. A client of heartbeat on each node; the two exchange how many ping nodes
// (a group counts as one) they reach, and the one that reaches fewer asks for a standby after twice
// the keepalive time, unless the counts have become equal by then. Differences to the old program:
// - the first deadline stands; messages cancel a give-up but never push it out (decision A10);
// - only a give-up of all groups is cancelled by equal counts, not the fail-back of the foreign
// ones
//   (decision A8);
// - with more than two nodes the first other one in ha.cf order is asked, and that is said
//   (decision A9);
// - a daemon that does not answer is not taken for a network without ping nodes;
// - it never sleeps: the second look at a node in transition is a timer.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "wire/message.hpp"

namespace um::tools {

/// What ipfail needs of heartbeat.
class IpfailHeartbeat {
 public:
  struct Node {
    std::string name, type, status;
  };

  virtual ~IpfailHeartbeat() = default;
  /// In ha.cf order. Empty when heartbeat does not answer.
  virtual std::vector<Node> nodes() = 0;
  /// The word of getrsc; empty when heartbeat does not answer.
  virtual std::string resources() = 0;
  virtual void send(wire::Message message) = 0;
};

struct IpfailSettings {
  std::string node;  // our own
  bool auto_failback = false;
  std::chrono::milliseconds keepalive{1000};
};

class Ipfail {
 public:
  using Say = std::function<void(LogLevel level, const std::string& text)>;

  Ipfail(IpfailSettings settings, IpfailHeartbeat& heartbeat, Say say);

  /// Looks for the other node.
  void start();
  /// Any message that is no answer.
  void message(const wire::Message& message, TimePoint now);
  /// The give-up whose time has come, and the second look after a transition.
  void tick(TimePoint now);
  /// When tick() must come; nothing while nothing is pending.
  std::optional<TimePoint> next_deadline() const;

  const std::string& peer() const { return peer_; }

 private:
  enum class Set : std::uint8_t { kForeign, kAll };
  struct GiveUp {
    Set set = Set::kAll;
    TimePoint at{};
    unsigned tag = 0;
  };

  void node_status(const wire::Message& message);
  void link_status(const wire::Message& message);
  void client_status(const wire::Message& message);
  void compare(const wire::Message& message, TimePoint now);
  void told_to_give_up(TimePoint now);
  void told_to_stay();
  void other_side(const wire::Message& message, TimePoint now);

  /// Nothing when heartbeat does not answer: that says nothing about ping nodes.
  std::optional<unsigned> reachable();
  void ask_other_side();
  void plan(Set set, TimePoint now);
  void cancel();
  void give_up(Set set);
  void info(std::string text) const { say_(LogLevel::kInfo, text); }
  void debug(std::string text) const { say_(LogLevel::kDebug, text); }

  IpfailSettings settings_;
  IpfailHeartbeat& heartbeat_;
  Say say_;
  std::string peer_;
  std::optional<GiveUp> pending_;
  unsigned next_tag_ = 1;
  bool need_standby_ = false;  // a give-up met a node in transition
  std::optional<TimePoint> second_look_;
};

}  // namespace um::tools
