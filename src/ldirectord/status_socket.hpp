// status_socket.hpp - the running director answers questions on a Unix socket that only root can
// open.
//
// One request line, one answer, then the connection is closed: `status verbose|json|prometheus`,
// `drain|disable|enable REAL [VIRTUAL]`. An answer begins with `ok` or `error MESSAGE` on a line of
// its own. A client that says nothing for five seconds is cut; at most 16 are served at once.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/log.hpp"
#include "ldirectord/admin_state.hpp"
#include "ldirectord/director.hpp"

namespace um::ldirectord {

class StatusSocket {
 public:
  StatusSocket(boost::asio::any_io_executor executor, std::string path, Director& director,
               AdminState& admin, std::chrono::system_clock::time_point started,
               std::function<void()> on_change);

  void open(Log& log);
  void close();
  void set_config_error(std::string error) { config_error_ = std::move(error); }

 private:
  using Stream = boost::asio::local::stream_protocol;
  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<void> answer(Stream::socket client);
  std::string respond(const std::string& request);
  std::string change_admin(Admin admin, const std::string& real, const std::string& where);

  boost::asio::any_io_executor executor_;
  std::string path_;
  Director& director_;
  AdminState& admin_;
  std::chrono::system_clock::time_point started_;
  std::function<void()> on_change_;
  std::optional<Stream::acceptor> acceptor_;
  std::string config_error_;
  std::size_t clients_ = 0;
};

/// Asks the director at `path`; nothing when nobody answers within five seconds.
std::optional<std::string> ask_director(const std::string& path, const std::string& request);

/// Where drain and disable are remembered for a configuration.
std::string admin_file(const std::string& config);

}  // namespace um::ldirectord
