// check.hpp - one health check of one real server: what is asked, and what came of it.
//
// A check is a coroutine that reads like the protocol's dialogue. The caller owns the deadline: it
// cancels the coroutine when the time is over, so no check has a timer of its own, and a trickling
// answer cannot outlive it (decision L11). A check never throws for what a server does; whatever
// happens ends as an Outcome with a reason a human understands.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

namespace um::checks {

struct Outcome {
  bool up = false;
  std::string reason;  // "HTTP 503 instead of 200", "connection refused"; for up what was seen, may
                       // be empty
  std::string notice;  // worth a warning although the server is up: "certificate expires in 9
                       // days"; usually empty
  std::optional<int> certificate_days = std::nullopt;  // until the server's certificate ends
};

/// Where the check connects to: the real server's address and the port to check (checkport, else
/// the real's own).
struct Target {
  boost::asio::ip::address address;
  std::uint16_t port = 0;

  bool operator==(const Target&) const = default;
};

enum class TlsVerify : std::uint8_t { kNone, kWarn, kChain, kFull };  // decision L12

/// Everything a check may need to know, resolved from the virtual service and the real server. Two
/// checks whose Probe is equal ask the same question, so their virtual services share one answer.
struct Probe {
  Target target;
  std::string
      check_type;       // negotiate, connect, ping, external, external-perl, checkcommand, on, off
  std::string service;  // http, https, ftp, ... ; decides the dialogue of a negotiate check
  bool udp = false;
  std::string
      request;  // with its leading '/', or for http(s) an absolute URL to be fetched as it is
  std::string receive;  // Perl regular expression; empty: any answer
  std::string http_method = "GET";
  std::string virtual_host;
  std::string login, password, database, secret;
  std::string command;                           // external checks and checkcommand
  std::array<std::string, 4> command_arguments;  // VS-address, VS-port, RS-address, RS-port as the
                                                 // old program passes them
  std::chrono::milliseconds connect_timeout{
      0};  // limit of the connect phase alone; 0: none (decision L40)
  TlsVerify tls_verify = TlsVerify::kWarn;
  std::string tls_ca_file;

  bool operator==(const Probe&) const = default;
};

/// Runs one check on the executor of the caller. The probe must outlive the coroutine. Terminal
/// cancellation ends it at once as down, with a reason that says what it was waiting for.
boost::asio::awaitable<Outcome> run_check(const Probe& probe);

/// The same with the one deadline over all its steps that every check has.
boost::asio::awaitable<Outcome> run_check_within(const Probe& probe,
                                                 std::chrono::milliseconds limit);

}  // namespace um::checks
