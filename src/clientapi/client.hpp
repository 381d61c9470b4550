// client.hpp - heartbeat's client API from the client's side, without a loop.
//
// Spec: heartbeat-api 2 to 5. One connection; each call waits at most until the deadline it is
// given. Messages that are no answer to a request are queued and come out of next_message() in
// order. Any failure of the connection ends it: connected() is false from then on.
#pragma once
#include <chrono>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clientapi/ipc.hpp"

namespace um::clientapi {

using Deadline = std::chrono::steady_clock::time_point;

enum class Failure : std::uint8_t {
  kNone,
  kUnreachable,  // no socket, or nobody listens: heartbeat is stopped
  kRefused,      // heartbeat said badreq
  kTimeout,
  kLost,  // the connection ended or its bytes made no sense
};

/// The answer to a request: its frames, or why there are none.
struct Answer {
  Failure failure = Failure::kNone;
  std::string info;  // the reason of a refusal; the system's text of a lost connection
  std::vector<wire::Message> frames;

  bool ok() const { return failure == Failure::kNone; }
  /// A field of the first frame.
  std::string get(std::string_view name) const;
};

class Client {
 public:
  static constexpr const char* kSocket = "/run/heartbeat/register";

  explicit Client(std::filesystem::path socket = kSocket);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Connects and signs on; an empty name makes a casual client. A refusal keeps heartbeat's
  /// parameters in frames, as a success does: node, hbversion, deadtime, keepalive, ...
  Answer sign_on(std::string_view name, Deadline deadline);
  void sign_off();

  /// `fields` follow the verb in the order given.
  Answer request(std::string_view verb, const std::vector<wire::Field>& fields, Deadline deadline);
  /// `clientstatus`, whose answer for another node comes as a message of its own: the word
  /// `online` or `offline` is in Answer::get("cs").
  Answer client_status(std::string_view node, std::string_view client, Deadline deadline);

  /// A cluster message; only for named clients.
  bool send(const wire::Message& message);
  /// The next message that is no answer.
  std::optional<wire::Message> next_message(Deadline deadline);

  bool connected() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  /// The local node as heartbeat calls it, after sign_on().
  const std::string& node() const { return node_; }

 private:
  std::optional<wire::Message> read_one(Deadline deadline, Failure& failure);
  bool fill(Deadline deadline, Failure& failure);
  wire::Message request_message(std::string_view verb) const;
  Answer collect(std::string_view verb, Deadline deadline);
  void close();

  std::filesystem::path socket_;
  int fd_ = -1;
  std::string id_;
  std::string node_;
  FrameReader reader_;
  std::deque<wire::Message> received_;  // parsed, not yet looked at
  std::deque<wire::Message> queued_;    // not answers
};

}  // namespace um::clientapi
