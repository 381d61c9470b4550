// fault_server.hpp - a server on loopback that is broken in one of the ways servers are broken.
#pragma once
#include <chrono>
#include <list>
#include <random>
#include <string>
#include <utility>

#include <boost/asio.hpp>

#include "checks/check.hpp"

namespace um::checks::testing {
namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;

enum class Fault : std::uint8_t {
  kRefuses,       // nobody listens
  kSwallows,      // packets to it are lost
  kSilent,        // accepts and never says a word
  kCloses,        // hangs up at once
  kClosesMidway,  // begins a right answer and hangs up
  kTrickles,      // begins a right answer, byte by byte, and never ends it
  kGarbage        // says what no protocol says
};

inline std::string garbage() {
  std::mt19937 random(20050401);  // the same in every run
  std::string bytes(4096, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  bytes[0] = '\xfe';  // no protocol's first byte
  return bytes;
}

class FaultServer {
 public:
  FaultServer(asio::io_context& context, Fault fault, std::string opening)
      : context_(context),
        acceptor_(context),
        udp_(context),
        fault_(fault),
        opening_(std::move(opening)) {
    take_a_port();
    if (fault == Fault::kRefuses) {
      udp_.close();
      return;
    }
    acceptor_.listen(fault == Fault::kSwallows ? 0 : 64);
    port_ = acceptor_.local_endpoint().port();
    if (fault == Fault::kSwallows) {
      fill_queue();
      return;
    }
    asio::co_spawn(context, accept(), asio::detached);
    asio::co_spawn(context, answer(), asio::detached);
  }

  Target target() const {
    return {asio::ip::address_v4::loopback(), acceptor_.local_endpoint().port()};
  }

 private:
  static constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

  /// One that is free for both protocols.
  void take_a_port() {
    boost::system::error_code taken;
    do {
      acceptor_ = tcp::acceptor(context_, tcp::v4());
      acceptor_.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
      udp_ = udp::socket(context_, udp::v4());
      udp_.bind({asio::ip::address_v4::loopback(), acceptor_.local_endpoint().port()}, taken);
    } while (taken);
  }

  /// Once the queue of a listener is full the kernel drops what else arrives.
  void fill_queue() {
    const tcp::endpoint here(asio::ip::address_v4::loopback(), port_);
    for (int i = 0; i < 3; ++i) {
      tcp::socket& socket = waiting_.emplace_back(context_, tcp::v4());
      socket.native_non_blocking(true);
      // Asio's own connect() would wait for what never comes.
      static_cast<void>(::connect(socket.native_handle(), here.data(), here.size()));
    }
  }

  asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kTuple);
      if (error) co_return;
      if (fault_ == Fault::kSilent)
        waiting_.push_back(std::move(socket));
      else if (fault_ != Fault::kCloses)
        asio::co_spawn(context_, serve(std::move(socket), fault_, opening_), asio::detached);
    }
  }

  /// Outlives the server object by the time the check needs to notice.
  static asio::awaitable<void> serve(tcp::socket socket, Fault fault, std::string opening) {
    using namespace std::chrono_literals;
    boost::system::error_code ignored;
    if (fault == Fault::kClosesMidway) {
      co_await asio::async_write(socket, asio::buffer(opening), kTuple);
      socket.shutdown(tcp::socket::shutdown_send, ignored);
    }
    if (fault == Fault::kGarbage) {
      const std::string bytes = garbage();
      co_await asio::async_write(socket, asio::buffer(bytes), kTuple);
    }
    if (fault == Fault::kTrickles) {
      asio::steady_timer pause(socket.get_executor());
      for (std::size_t i = 0;; ++i) {
        const char byte = i < opening.size() ? opening[i] : 'x';
        auto [error, sent] = co_await asio::async_write(socket, asio::buffer(&byte, 1), kTuple);
        if (error) co_return;
        pause.expires_after(20ms);
        co_await pause.async_wait(kTuple);
      }
    }
    for (std::array<char, 4096> chunk;;) {
      auto [error, got] = co_await socket.async_read_some(asio::buffer(chunk), kTuple);
      if (error) co_return;
    }
  }

  asio::awaitable<void> answer() {
    for (std::array<char, 4096> question;;) {
      udp::endpoint from;
      auto [error, got] = co_await udp_.async_receive_from(asio::buffer(question), from, kTuple);
      if (error) co_return;
      if (fault_ != Fault::kGarbage) continue;
      const std::string bytes = garbage().substr(0, 512);
      co_await udp_.async_send_to(asio::buffer(bytes), from, kTuple);
    }
  }

  asio::io_context& context_;
  tcp::acceptor acceptor_;
  udp::socket udp_;
  Fault fault_;
  std::string opening_;
  std::uint16_t port_ = 0;
  std::list<tcp::socket> waiting_;
};

}  // namespace um::checks::testing
