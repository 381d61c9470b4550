#include "checks/simpletcp.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "checks/datagram.hpp"
#include "checks/failure.hpp"
#include "checks/receive.hpp"
#include "checks/stream.hpp"

namespace um::checks {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kMostBytes = 16 * 1024 * 1024;

/// The parser puts a '/' before every request; "\n" as two characters stands for a line feed
/// (protocol p21).
std::string bytes_of(std::string_view request) {
  if (request.starts_with('/')) request.remove_prefix(1);
  std::string bytes;
  for (std::size_t i = 0; i < request.size(); ++i) {
    const bool line_feed = request.substr(i).starts_with("\\n");
    bytes += line_feed ? '\n' : request[i];
    i += line_feed ? 1 : 0;
  }
  return bytes;
}

Outcome found_in(const Probe& probe, const parsers::Pattern& wanted, std::string_view line) {
  if (wanted.found_in(line)) return {true, fmt::format("received \"{}\"", line.substr(0, 80)), {}};
  return {false, fmt::format("\"{}\" is not in \"{}\"", probe.receive, line.substr(0, 80)), {}};
}

/// Lines are tested one by one as they come, so a server that goes on talking does not matter.
asio::awaitable<Outcome> look_through(const Probe& probe, const parsers::Pattern& wanted,
                                      Stream& server) {
  std::string pending;
  std::size_t total = 0;
  for (;;) {
    std::array<char, 4096> chunk;
    const std::size_t got = co_await server.read_some(asio::buffer(chunk));
    total += got;
    pending.append(chunk.data(), got);
    for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
      if (Outcome outcome = found_in(probe, wanted, pending.substr(0, end + 1)); outcome.up)
        co_return outcome;
      pending.erase(0, end + 1);
    }
    if (got == 0 && !pending.empty()) co_return found_in(probe, wanted, pending);
    if (got == 0 || total > kMostBytes)
      co_return Outcome{false, fmt::format("no match in {} bytes received", total), {}};
  }
}

asio::awaitable<Outcome> over_udp(const Probe& probe, const parsers::Pattern& wanted) {
  Datagram server(co_await asio::this_coro::executor, probe.target);
  co_await server.send(bytes_of(probe.request));
  const std::string answer = co_await server.receive();
  // The old program reads lines, and a datagram without a line feed never became one (protocol p43,
  // p49).
  if (!answer.ends_with('\n'))
    co_return Outcome{false, "the answer does not end in a line feed", {}};
  co_return found_in(probe, wanted, answer);
}

}  // namespace

asio::awaitable<Outcome> check_simpletcp(const Probe& probe) {
  const parsers::Pattern wanted = receive_pattern(probe);
  if (probe.udp) co_return co_await over_udp(probe, wanted);
  Stream server = co_await Stream::connect(probe.target, probe.connect_timeout);
  server.now("sending the request");
  co_await server.write(bytes_of(probe.request));
  server.half_close();
  server.now("waiting for the answer");
  co_return co_await look_through(probe, wanted, server);
}

}  // namespace um::checks
