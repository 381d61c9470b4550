#include "checks/ftp.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "checks/failure.hpp"
#include "checks/receive.hpp"
#include "checks/stream.hpp"

namespace um::checks {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kLargestFile = 16 * 1024 * 1024;

/// The last line of a reply: "150-..." goes on until "150 ..." (RFC 959 section 4.2).
asio::awaitable<std::string> reply(Stream& server) {
  std::string line = co_await server.line();
  const std::string last = line.substr(0, 3) + " ";
  if (line.size() > 3 && line[3] == '-')
    while (!line.starts_with(last)) line = co_await server.line();
  co_return line;
}

asio::awaitable<std::string> ask(Stream& server, std::string command) {
  server.now("waiting for an FTP reply");
  co_await server.write(command + "\r\n");
  co_return co_await reply(server);
}

/// PORT for IPv4, EPRT for IPv6 (RFC 2428).
std::string port_command(const tcp::endpoint& here) {
  if (here.address().is_v6())
    return fmt::format("EPRT |2|{}|{}|", here.address().to_string(), here.port());
  const auto bytes = here.address().to_v4().to_bytes();
  return fmt::format("PORT {},{},{},{},{},{}", bytes[0], bytes[1], bytes[2], bytes[3],
                     here.port() / 256, here.port() % 256);
}

/// The connection that the server opens to us; connections from elsewhere are not its.
asio::awaitable<tcp::socket> accept_from(tcp::acceptor& acceptor, const asio::ip::address& peer) {
  for (;;) {
    tcp::endpoint from;
    auto [error, socket] = co_await acceptor.async_accept(from, kResult);
    if (error) throw failure_of(error, "waiting for the data connection");
    if (from.address() == peer) co_return std::move(socket);
  }
}

asio::awaitable<std::string> read_all(tcp::socket socket) {
  std::string content;
  for (;;) {
    std::array<char, 8192> chunk;
    auto [error, got] = co_await socket.async_read_some(asio::buffer(chunk), kResult);
    content.append(chunk.data(), got);
    if (error == asio::error::eof || content.size() > kLargestFile) co_return content;
    if (error) throw failure_of(error, "reading the file");
  }
}

}  // namespace

asio::awaitable<Outcome> check_ftp(const Probe& probe) {
  Stream server = co_await Stream::connect(probe.target, probe.connect_timeout);
  server.now("waiting for the greeting");
  if (const std::string greeting = co_await reply(server); !greeting.starts_with("220"))
    co_return Outcome{false, "greeting: " + greeting, {}};

  // A refused login alone is no failure: some servers still hand out the file (decision L19).
  // Named first: g++ 12 destroys the temporaries of a conditional twice when a co_await throws.
  const std::string user = probe.login.empty() ? "anonymous" : probe.login;
  std::string login = co_await ask(server, "USER " + user);
  if (login.starts_with("331")) login = co_await ask(server, "PASS " + probe.password);
  const std::string refused = login.starts_with('2') ? "" : " (login: " + login + ")";
  co_await ask(server, "CWD /");
  co_await ask(server, "TYPE I");

  const auto here = server.local_address();
  tcp::acceptor acceptor(co_await asio::this_coro::executor, tcp::endpoint(here, 0));
  if (const auto answer = co_await ask(server, port_command(acceptor.local_endpoint()));
      !answer.starts_with('2'))
    co_return Outcome{false, "PORT: " + answer + refused, {}};
  const std::string file = probe.request.empty() ? "/" : probe.request;
  if (const auto answer = co_await ask(server, "RETR " + file); !answer.starts_with('1'))
    co_return Outcome{false, fmt::format("RETR {}: {}{}", file, answer, refused), {}};
  const std::string content =
      co_await read_all(co_await accept_from(acceptor, probe.target.address));
  if (const auto answer = co_await reply(server); !answer.starts_with('2'))
    co_return Outcome{false, fmt::format("RETR {}: {}", file, answer), {}};
  co_await server.write("QUIT\r\n");
  if (!receive_pattern(probe).found_in(content))
    co_return Outcome{
        false,
        fmt::format("\"{}\" is not in the {} bytes of {}", probe.receive, content.size(), file),
        {}};
  co_return Outcome{true, fmt::format("received {} bytes of {}", content.size(), file), {}};
}

}  // namespace um::checks
