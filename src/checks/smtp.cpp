#include "checks/smtp.hpp"

#include <fmt/format.h>

#include "checks/local_name.hpp"
#include "checks/stream.hpp"

namespace um::checks {
namespace asio = boost::asio;
namespace {

/// The last line of a reply, whose earlier lines have a '-' behind the code (RFC 5321
/// section 4.2.1).
asio::awaitable<std::string> reply(Stream& server) {
  std::string line = co_await server.line();
  while (line.size() > 3 && line[3] == '-') line = co_await server.line();
  co_return line;
}

}  // namespace

asio::awaitable<Outcome> check_smtp(const Probe& probe) {
  Stream server = co_await Stream::connect(probe.target, probe.connect_timeout);
  server.now("waiting for the greeting");
  if (const std::string greeting = co_await reply(server); !greeting.starts_with('2'))
    co_return Outcome{false, "greeting: " + greeting, {}};
  std::string refusal;
  for (const char* verb : {"EHLO", "HELO"}) {
    server.now(verb);
    co_await server.write(fmt::format("{} {}\r\n", verb, helo_name()));
    refusal = co_await reply(server);
    if (!refusal.starts_with('2')) continue;
    co_await server.write("QUIT\r\n");
    co_return Outcome{true, refusal, {}};
  }
  co_return Outcome{false, "HELO: " + refusal, {}};
}

}  // namespace um::checks
