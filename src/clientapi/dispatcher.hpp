// dispatcher.hpp - the client API without sockets: frames in, effects out.
//
// Spec: heartbeat-api 3 to 6. Knows every connection, who is signed on under which name, and
// answers each request at once; the only questions that travel are those for a client of another
// node. What the server must do comes back as Effects, in order. No body makes it throw or crash;
// what a client says about itself is checked against the kernel's word (Credentials).
//
// A sign-on is refused in the old daemon's words, with these differences: without pid it is
// `bad pid` instead of a crash, names of 32 bytes and more are refused (decisions A1, A2), and a
// client that never was signed on is not announced as left to the cluster (A4).
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "clientapi/access.hpp"
#include "clientapi/node.hpp"
#include "cluster/events.hpp"
#include "wire/codec.hpp"

namespace um::clientapi {

using ConnectionId = std::uint64_t;

/// Write one frame; then send `signal`, unless 0, to the client.
struct Send {
  ConnectionId to = 0;
  wire::Message message;
  int signal = 0;
};
/// Close when what was sent before has been written, or cannot be.
struct Close {
  ConnectionId connection = 0;
};
/// Node::broadcast().
struct Broadcast {
  wire::Message message;
};
/// `set_sendqlen`: this many frames may wait for the client.
struct QueueLength {
  ConnectionId connection = 0;
  std::size_t frames = 0;
};
struct LogText {
  LogLevel level = LogLevel::kInfo;
  std::string text;
};
using Effect = std::variant<Send, Close, Broadcast, QueueLength, LogText>;
using Effects = std::vector<Effect>;

/// The filter mask of heartbeat-api 4.3; the lower bits are those of cluster::Treatment.
inline constexpr unsigned kApiCall = 0x10;
inline constexpr unsigned kKnownBits = 0x3f;
inline constexpr unsigned kDefaultMask = 1;
inline constexpr std::size_t kMaxClientName = 31;

class Dispatcher {
 public:
  /// `alive` tells whether a process exists.
  Dispatcher(const Node& node, std::function<bool(pid_t)> alive);

  void set_rules(AccessRules rules) { rules_ = std::move(rules); }

  void connected(ConnectionId id, const Credentials& who);
  /// One frame's body.
  Effects received(ConnectionId id, std::string_view body);
  /// The connection ended by itself (`EOF`) or was given up (`send failed,...`).
  Effects disconnected(ConnectionId id, std::string_view reason);
  /// What the cluster brings for this node's clients, and for the dispatcher itself
  /// (query-cstatus).
  Effects deliver(const wire::Message& message, unsigned treatment);
  /// Removes clients whose process is gone although somebody holds their socket open. Every 9 s.
  Effects audit();
  /// A respawn client that heartbeat itself has seen ending.
  Effects process_ended(pid_t pid);

  bool signed_on(ConnectionId id) const;
  bool has_client(std::string_view name) const;
  std::size_t connections() const { return connections_.size(); }

 private:
  struct Connection {
    Credentials who;
    bool signed_on = false;
    bool casual = true;
    std::string name;  // the client's id: its name, or its pid in decimal
    unsigned mask = kDefaultMask;
    int signal = 0;
    std::optional<unsigned> generation;  // client_gen, from the first message on
  };
  using Connections = std::map<ConnectionId, Connection>;

  void sign_on(ConnectionId id, Connection& client, const wire::Message& request, Effects& out);
  std::string admit(Connection& client, const wire::Message& request, Effects& out);
  void refuse(ConnectionId id, const Connection& client, const std::string& reason, bool announce,
              Effects& out);
  void request(ConnectionId id, Connection& client, const wire::Message& request, Effects& out);
  void client_status(ConnectionId id, const Connection& client, const wire::Message& request,
                     Effects& out);
  bool is_from(const Connection& client, const wire::Message& request, Effects& out) const;
  void cluster_message(ConnectionId id, Connection& client, wire::Message message, Effects& out);
  void sign_off(ConnectionId id, const Connection& client, std::string_view reason, Effects& out);
  void answer_query(const wire::Message& query, Effects& out) const;
  void give(Connections::const_iterator to, const wire::Message& message, Effects& out) const;
  wire::Message sign_on_reply(std::string_view refusal) const;
  wire::Message client_notice(std::string_view status, std::string_view name, std::string_view info,
                              const Connection& client) const;
  Connections::const_iterator find_client(std::string_view name) const;

  const Node& node_;
  std::function<bool(pid_t)> alive_;
  AccessRules rules_;
  Connections connections_;
  unsigned next_generation_ = 0;
};

}  // namespace um::clientapi
