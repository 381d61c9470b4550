// status_socket.hpp - the running director answers questions on a Unix socket that only root can
// open.
//
// One request line, one answer, then the connection is closed: `status verbose|json|prometheus`,
// `drain|disable|enable REAL [VIRTUAL]`. An answer begins with `ok` or `error MESSAGE` on a line of
// its own. A client that says nothing for five seconds is cut; at most 16 are served at once.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/log.hpp"
#include "ldirectord/admin_order.hpp"
#include "ldirectord/director.hpp"
#include "ldirectord/status.hpp"

namespace um::ldirectord {

class StatusSocket {
 public:
  struct Hooks {
    std::function<Vitals()> vitals;
    std::function<void()> on_change;  // somebody has drained, disabled or enabled a server
  };

  StatusSocket(boost::asio::any_io_executor executor, std::string path, Director& director,
               AdminState& admin, Hooks hooks);

  void open(Log& log);
  void close();

 private:
  using Stream = boost::asio::local::stream_protocol;
  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<void> answer(Stream::socket client);
  std::string respond(const std::string& request);
  std::string change_admin(const AdminOrder& order);

  boost::asio::any_io_executor executor_;
  std::string path_;
  Director& director_;
  AdminState& admin_;
  Hooks hooks_;
  std::optional<Stream::acceptor> acceptor_;
  std::size_t clients_ = 0;
};

/// Asks the director at `path`; nothing when nobody answers within five seconds.
std::optional<std::string> ask_director(const std::string& path, const std::string& request);

/// Where drain and disable are remembered for a configuration.
std::string admin_file(const std::string& config);

}  // namespace um::ldirectord
