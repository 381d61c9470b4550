// server.hpp - the client API's register socket on an Asio loop.
//
// Spec: heartbeat-api 1 to 5. Created when the node takes part in the cluster, not before
// (decision A6). A client that does not read is removed when the kernel's buffer and its queue are
// full, one that sends a broken frame at once; neither ever delays the daemon. Effects of the
// Dispatcher are carried out in order and at once, so an answer leaves in the turn of its request.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "clientapi/dispatcher.hpp"

namespace um::clientapi {

struct ServerSettings {
  std::filesystem::path socket = "/run/heartbeat/register";
  AccessRules rules;
  wire::Form form = wire::Form::kString;  // of the frames we send: ha.cf's msgfmt
  std::size_t max_connections = 256;
};

class Server {
 public:
  using Say = std::function<void(LogLevel level, const std::string& text)>;

  Server(boost::asio::any_io_executor executor, ServerSettings settings, Node& node, Say say);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Replaces what is at the socket's path. Returns why it cannot.
  std::optional<std::string> start();
  /// Removes the socket and closes every connection.
  void stop();

  void set_rules(AccessRules rules);
  void set_form(wire::Form form);
  /// Flow control (wire 6.7): while paused only sign-ons are read.
  void set_paused(bool paused);

  /// Action DeliverLocal.
  void deliver(const wire::Message& message, cluster::Treatment treatment);
  /// A respawn client has ended.
  void process_ended(pid_t pid);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace um::clientapi
