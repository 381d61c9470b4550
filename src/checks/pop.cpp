#include "checks/pop.hpp"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "checks/stream.hpp"

namespace um::checks {
namespace asio = boost::asio;
namespace {

bool accepted(const std::string& reply) {
  return reply.starts_with("+OK");
}

asio::awaitable<std::string> ask(Stream& server, std::string_view doing, std::string command) {
  server.now(doing);
  co_await server.write(command + "\r\n");
  co_return co_await server.line();
}

/// The time stamp of a greeting that offers APOP, with its angle brackets (RFC 1939 section 7);
/// empty: not offered.
std::string stamp_of(const std::string& greeting) {
  const auto begin = greeting.find('<');
  const auto end = greeting.find('>', begin);
  return end == std::string::npos ? std::string{} : greeting.substr(begin, end - begin + 1);
}

std::string md5_hex(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

/// The refusal, empty when the server let us in. A server that offers APOP without having a plain
/// password for this user refuses it; then the password is tried as such, as every mail client
/// does.
asio::awaitable<std::string> log_in(Stream& server, const Probe& probe, const std::string& stamp) {
  if (!stamp.empty()) {
    const std::string command =
        fmt::format("APOP {} {}", probe.login, md5_hex(stamp + probe.password));
    if (accepted(co_await ask(server, "APOP", command))) co_return std::string{};
  }
  if (auto reply = co_await ask(server, "USER", "USER " + probe.login); !accepted(reply))
    co_return "USER: " + reply;
  if (auto reply = co_await ask(server, "PASS", "PASS " + probe.password); !accepted(reply))
    co_return "PASS: " + reply;
  co_return std::string{};
}

}  // namespace

asio::awaitable<Outcome> check_pop(const Probe& probe) {
  Stream server = co_await Stream::connect(probe.target, probe.connect_timeout);
  Outcome outcome;
  if (probe.service == "pops") co_await server.start_tls(probe, outcome);
  server.now("waiting for the greeting");
  const std::string greeting = co_await server.line();
  outcome.reason = "greeting: " + greeting;
  if (!accepted(greeting)) co_return outcome;
  if (!probe.login.empty()) {
    outcome.reason = co_await log_in(server, probe, stamp_of(greeting));
    if (!outcome.reason.empty()) co_return outcome;
    const std::string reply = co_await ask(server, "STAT", "STAT");
    outcome.reason = "STAT: " + reply;
    if (!accepted(reply)) co_return outcome;
  }
  co_await server.write("QUIT\r\n");
  outcome.up = true;
  co_return outcome;
}

}  // namespace um::checks
