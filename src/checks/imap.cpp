#include "checks/imap.hpp"

#include <fmt/format.h>

#include "checks/stream.hpp"

namespace um::checks {
namespace asio = boost::asio;
namespace {

/// An atom as it is, anything else as a quoted string (RFC 3501 section 4).
std::string quoted(std::string_view text) {
  constexpr std::string_view kNotInAtoms = " (){%*\"\\]";
  if (!text.empty() && text.find_first_of(kNotInAtoms) == std::string_view::npos)
    return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// The line that answers our command; untagged lines before it are the server's own affairs.
asio::awaitable<std::string> tagged(Stream& server, std::string_view tag) {
  for (;;) {
    std::string line = co_await server.line();
    if (line.starts_with(tag)) co_return line.substr(tag.size());
  }
}

}  // namespace

asio::awaitable<Outcome> check_imap(const Probe& probe) {
  Stream server = co_await Stream::connect(probe.target, probe.connect_timeout);
  Outcome outcome;
  if (probe.service == "imaps") co_await server.start_tls(probe, outcome);
  server.now("waiting for the greeting");
  const std::string greeting = co_await server.line();
  outcome.reason = "greeting: " + greeting;
  if (!greeting.starts_with("* OK")) co_return outcome;
  if (!probe.login.empty()) {
    server.now("LOGIN");
    co_await server.write(
        fmt::format("0 LOGIN {} {}\r\n", quoted(probe.login), quoted(probe.password)));
    const std::string reply = co_await tagged(server, "0 ");
    outcome.reason = "LOGIN: " + reply;
    if (!reply.starts_with("OK")) co_return outcome;
  }
  co_await server.write("1 LOGOUT\r\n");
  outcome.up = true;
  co_return outcome;
}

}  // namespace um::checks
