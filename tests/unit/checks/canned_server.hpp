// canned_server.hpp - a TCP server on loopback that does one odd thing, for the tests of checks.
#pragma once
#include <chrono>
#include <string>
#include <utility>

#include <boost/asio.hpp>

#include "checks/check.hpp"

namespace um::checks::testing {
namespace asio = boost::asio;
using asio::ip::tcp;

/// What the server does with each connection.
struct Manner {
  std::string answer;                         // sent after the request (or at once, see greet)
  bool greet = false;                         // speak first
  bool keep_open = false;                     // never close
  std::chrono::milliseconds between_bytes{};  // trickle
};

class CannedServer {
 public:
  CannedServer(asio::io_context& context, Manner manner)
      : acceptor_(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        manner_(std::move(manner)) {
    asio::co_spawn(context, accept(), asio::detached);
  }

  Target target() const {
    return {acceptor_.local_endpoint().address(), acceptor_.local_endpoint().port()};
  }
  const std::string& received() const { return received_; }
  int connections() const { return connections_; }

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
      if (error) co_return;
      ++connections_;
      asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> serve(tcp::socket socket) {
    constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
    if (!manner_.greet) {
      std::array<char, 4096> chunk;
      auto [error, got] = co_await socket.async_read_some(asio::buffer(chunk), kTuple);
      received_.append(chunk.data(), got);
    }
    if (manner_.between_bytes.count() == 0) {
      co_await asio::async_write(socket, asio::buffer(manner_.answer), kTuple);
    } else {
      asio::steady_timer timer(acceptor_.get_executor());
      for (char& byte : manner_.answer) {
        auto [error, sent] = co_await asio::async_write(socket, asio::buffer(&byte, 1), kTuple);
        if (error) co_return;
        timer.expires_after(manner_.between_bytes);
        co_await timer.async_wait(kTuple);
      }
    }
    if (!manner_.keep_open) co_return;
    std::array<char, 64> chunk;
    for (;;) {
      auto [error, got] = co_await socket.async_read_some(asio::buffer(chunk), kTuple);
      if (error) co_return;
    }
  }

  tcp::acceptor acceptor_;
  Manner manner_;
  std::string received_;
  int connections_ = 0;
};

/// A port of loopback on which nobody listens: bound, never listening, so that no other test gets
/// it meanwhile. Belongs to the test, as its io_context does: it must not outlive that.
class ClosedPort {
 public:
  explicit ClosedPort(asio::io_context& context)
      : holder_(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

  Target target() const {
    return {holder_.local_endpoint().address(), holder_.local_endpoint().port()};
  }

 private:
  tcp::socket holder_;
};

/// Runs one check to its end on `context`; servers of the same context serve meanwhile.
inline Outcome run(asio::io_context& context, const Probe& probe,
                   std::chrono::milliseconds limit = std::chrono::seconds(5)) {
  Outcome outcome;
  bool done = false;
  asio::co_spawn(context, run_check_within(probe, limit),
                 [&](std::exception_ptr error, Outcome result) {
                   if (error) std::rethrow_exception(error);
                   outcome = std::move(result);
                   done = true;
                 });
  while (!done) context.run_one();
  return outcome;
}

}  // namespace um::checks::testing
