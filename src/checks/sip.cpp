#include "checks/sip.hpp"

#include <random>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "checks/datagram.hpp"
#include "checks/stream.hpp"

namespace um::checks {
namespace asio = boost::asio;
namespace {
using namespace std::chrono_literals;

/// As recorded; "UDP" in Via is said over TCP too, and servers answer to it.
std::string options_request(const std::string& login, const std::string& local) {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  return fmt::format(
      "OPTIONS sip:{0} SIP/2.0\r\n"
      "Via: SIP/2.0/UDP {1};branch=z9hG4bKhjhs8ass877\r\n"
      "Max-Forwards: 70\r\n"
      "To: <sip:{0}>\r\n"
      "From: <sip:{0}>;tag=1928301774\r\n"
      "Call-ID: {2:016x}\r\n"
      "CSeq: 63104 OPTIONS\r\n"
      "Contact: <sip:{0}>\r\n"
      "Accept: application/sdp\r\n"
      "Content-Length: 0\r\n\r\n",
      login, local, random());
}

Outcome judge(std::string_view first_line) {
  return {first_line.starts_with("SIP/2.0 200 OK"), std::string(first_line), {}};
}

asio::awaitable<Outcome> over_udp(const Probe& probe) {
  Datagram server(co_await asio::this_coro::executor, probe.target);
  const auto local = server.local();
  const std::string address = local.address().is_v6()
                                  ? fmt::format("[{}]", local.address().to_string())
                                  : local.address().to_string();
  const std::string request =
      options_request(probe.login, fmt::format("{}:{}", address, local.port()));
  // RFC 3261 section 17.1.2.2 repeats an unanswered request after T1, which is half a second.
  const std::string answer = co_await server.ask(request, 500ms, [](const std::string& text) {
    return text.starts_with("SIP/2.0 ") && !text.starts_with("SIP/2.0 1");
  });
  co_return judge(std::string_view(answer).substr(0, answer.find("\r\n")));
}

}  // namespace

asio::awaitable<Outcome> check_sip(const Probe& probe) {
  if (probe.udp) co_return co_await over_udp(probe);
  Stream server = co_await Stream::connect(probe.target, probe.connect_timeout);
  server.now("sending the request");
  co_await server.write(options_request(probe.login, server.local_endpoint()));
  server.now("waiting for the answer");
  const std::string first = co_await server.line();
  if (Outcome outcome = judge(first); !outcome.up) co_return outcome;
  server.now("reading the headers");
  // The headers end with an empty line or with the connection.
  for (auto line = co_await server.next_line(); line && !line->empty();)
    line = co_await server.next_line();
  co_return judge(first);
}

}  // namespace um::checks
