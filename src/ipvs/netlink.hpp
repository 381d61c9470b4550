// netlink.hpp - one conversation with the kernel's generic netlink family IPVS.
//
// Inside this room only; kernel.hpp and sync_daemon.hpp are the doors. A Connection opens the
// family (loading the module ip_vs when the kernel does not know it yet), sends requests, many in
// one datagram, and waits at most five seconds for each answer, so that a lost one never hangs a
// daemon.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ipvs/result.hpp"

struct nl_sock;
struct nl_msg;
struct nlattr;

namespace um::ipvs {

struct CloseSocket {
  void operator()(nl_sock* socket) const;
};
struct FreeMessage {
  void operator()(nl_msg* message) const;
};
using Message = std::unique_ptr<nl_msg, FreeMessage>;

/// Called for each attribute table (indexed by IPVS_CMD_ATTR_*) of an answer.
using OnAnswer = std::function<void(std::span<nlattr*>)>;

class Connection {
 public:
  /// Fails with a text that names the module when IPVS is not there even after trying to load it.
  static Result<Connection> open();

  /// A request without its attributes yet.
  Message request(std::uint8_t command, int flags) const;
  /// Sends a request that is answered by messages (a dump, or one object).
  Result<void> ask(const Message& request, const OnAnswer& on_answer);
  /// Sends the requests in order, as few datagrams as reasonable; returns the errno of each (0: the
  /// kernel agreed). A request does not wait for the one before it to succeed.
  std::vector<int> send(std::span<const Message> requests);

 private:
  Connection(std::unique_ptr<nl_sock, CloseSocket> socket, int family)
      : socket_(std::move(socket)), family_(family) {}
  void send_batch(std::span<const Message> requests, std::span<int> errors);

  std::unique_ptr<nl_sock, CloseSocket> socket_;
  int family_;
};

/// Loads a kernel module by name with modprobe and waits for it; false when that failed.
bool load_module(const char* name);

}  // namespace um::ipvs
