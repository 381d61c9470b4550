#include "checks/dns.hpp"

#include <random>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <resolv.h>

#include "checks/datagram.hpp"
#include "checks/dns_message.hpp"
#include "checks/failure.hpp"
#include "checks/receive.hpp"
#include "checks/stream.hpp"

namespace um::checks {
namespace asio = boost::asio;
namespace {
using namespace std::chrono_literals;

constexpr int kNoError = 0;
constexpr int kNoSuchName = 3;

/// A name without a dot is looked for below the domains of /etc/resolv.conf first, as every program
/// of this machine does.
std::vector<std::string> names_to_try(std::string_view request) {
  std::vector<std::string> names;
  if (request.find('.') == std::string_view::npos && !request.empty()) {
    struct __res_state state {};
    if (res_ninit(&state) == 0) {
      for (char** domain = state.dnsrch; *domain != nullptr; ++domain)
        names.push_back(fmt::format("{}.{}", request, *domain));
      res_nclose(&state);
    }
  }
  names.emplace_back(request);
  return names;
}

asio::awaitable<std::string> exact_bytes(Stream& server, std::size_t count) {
  std::string bytes;
  while (bytes.size() < count) {
    std::array<char, 2048> chunk;
    const std::size_t got = co_await server.read_some(
        asio::buffer(chunk.data(), std::min(chunk.size(), count - bytes.size())));
    if (got == 0) throw Failure{"answer cut short"};
    bytes.append(chunk.data(), got);
  }
  co_return bytes;
}

asio::awaitable<std::string> ask_over_tcp(const Probe& probe, const std::string& query) {
  Stream server = co_await Stream::connect(probe.target, probe.connect_timeout);
  server.now("sending the query");
  std::string framed{static_cast<char>(query.size() >> 8), static_cast<char>(query.size() & 0xff)};
  co_await server.write(framed + query);
  server.now("waiting for the answer");
  const std::string length = co_await exact_bytes(server, 2);
  co_return co_await exact_bytes(
      server, static_cast<unsigned char>(length[0]) * 256u + static_cast<unsigned char>(length[1]));
}

asio::awaitable<DnsAnswer> ask(const Probe& probe, const std::string& name) {
  static thread_local std::mt19937 random{std::random_device{}()};
  const auto id = static_cast<std::uint16_t>(random());
  const auto query = dns_query(dns_question(name), id);
  if (!query) throw Failure{fmt::format("\"{}\" is no domain name", name)};
  std::string bytes;
  if (probe.udp) {
    Datagram server(co_await asio::this_coro::executor, probe.target);
    bytes = co_await server.ask(*query, 5s, [id](const std::string& text) {
      return parse_dns_answer(text, id).has_value();
    });
  } else {
    bytes = co_await ask_over_tcp(probe, *query);
  }
  auto answer = parse_dns_answer(bytes, id);
  if (!answer) throw Failure{"no DNS answer"};
  co_return *std::move(answer);
}

}  // namespace

asio::awaitable<Outcome> check_dns(const Probe& probe) {
  std::string_view request = probe.request;
  if (request.starts_with('/')) request.remove_prefix(1);
  const parsers::Pattern wanted = receive_pattern(probe);
  Outcome outcome;
  for (const std::string& name : names_to_try(request)) {
    const DnsAnswer answer = co_await ask(probe, name);
    if (answer.rcode != kNoError && answer.rcode != kNoSuchName) {
      outcome.reason = fmt::format("{}: DNS error {}", name, answer.rcode);
      continue;
    }
    outcome.reason = fmt::format(
        "{}: {}", name,
        answer.records.empty() ? "no such record" : fmt::to_string(fmt::join(answer.records, " ")));
    outcome.up = probe.receive.empty() ||
                 std::any_of(answer.records.begin(), answer.records.end(),
                             [&](const std::string& record) { return wanted.found_in(record); });
    if (outcome.up) break;
  }
  co_return outcome;
}

}  // namespace um::checks
