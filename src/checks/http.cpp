#include "checks/http.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/url/src.hpp>  // the library without a shared object of its own
#include <boost/url/url.hpp>
#include <fmt/format.h>

#include "checks/failure.hpp"
#include "checks/lookup.hpp"
#include "checks/receive.hpp"
#include "checks/stream.hpp"

namespace um::checks {
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace {

constexpr int kMostRedirects = 7;
constexpr std::uint64_t kLargestBody = 16 * 1024 * 1024;
constexpr std::string_view kUserAgent = "libwww-perl/6.68 (ultramonkey/" UM_VERSION ")";

/// One request of a check: where the connection goes and what is asked there.
struct Request {
  Target target;
  bool tls = false;
  std::string request_line_target;
  std::string host_header;
};

struct Response {
  unsigned status = 0;
  std::string reason;
  std::string location;
  std::string body;
  Outcome outcome;  // what TLS has to say, not yet judged
};

std::string bracketed(std::string_view host) {
  return host.find(':') == std::string_view::npos ? std::string(host) : fmt::format("[{}]", host);
}

Request first_request(const Probe& probe) {
  const bool tls = probe.service == "https";
  if (probe.service == "http_proxy") {
    const auto url = parse_url(probe.request);
    if (!url) throw Failure{"the request of an http_proxy check must be an absolute URL"};
    return {probe.target, false, probe.request, bracketed(url->host)};
  }
  const std::string host =
      probe.virtual_host.empty() ? bracketed(probe.target.address.to_string()) : probe.virtual_host;
  return {probe.target, tls, probe.request.empty() ? "/" : probe.request, host};
}

asio::awaitable<Request> request_for(const Url& url, std::string host_header) {
  Target target{co_await look_up(url.host), url.port};
  co_return Request{target, url.tls, url.target,
                    host_header.empty() ? bracketed(url.host) : std::move(host_header)};
}

/// A real server's own absolute URL is fetched as it is: its host and port, not the real server's
/// (scenario s60).
asio::awaitable<Request> opening_request(const Probe& probe) {
  const auto url = probe.service == "http_proxy" ? std::nullopt : parse_url(probe.request);
  if (!url) co_return first_request(probe);
  co_return co_await request_for(*url, probe.virtual_host);
}

asio::awaitable<Response> ask(const Probe& probe, const Request& request) {
  Stream server = co_await Stream::connect(request.target, probe.connect_timeout);
  Response response;
  if (request.tls) co_await server.start_tls(probe, response.outcome);
  server.now("sending the request");
  co_await server.write(
      fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n"
                  "User-Agent: {}\r\n\r\n",
                  probe.http_method, request.request_line_target, request.host_header, kUserAgent));
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.body_limit(kLargestBody);
  parser.skip(probe.http_method == "HEAD");
  server.now("waiting for the answer");
  std::string pending;
  while (!parser.is_done()) {
    std::array<char, 8192> chunk;
    const std::size_t got = co_await server.read_some(asio::buffer(chunk));
    boost::system::error_code error;
    if (got == 0) {
      if (!parser.got_some()) throw Failure{"connection closed by the server without an answer"};
      parser.put_eof(error);
      if (error) throw Failure{"answer cut short"};
      break;
    }
    pending.append(chunk.data(), got);
    const std::size_t used = parser.put(asio::buffer(pending), error);
    pending.erase(0, used);
    if (error && error != http::error::need_more)
      throw Failure{fmt::format("no HTTP answer ({})", error.message())};
    server.now("reading the answer");
  }
  response.status = parser.get().result_int();
  response.reason = std::string(parser.get().reason());
  response.location = std::string(parser.get()[http::field::location]);
  response.body = std::move(parser.get().body());
  co_return response;
}

bool is_redirect(const Response& response) {
  switch (response.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: return !response.location.empty();
    default: return false;
  }
}

Outcome verdict(const Response& response, bool up, std::string reason) {
  Outcome outcome = response.outcome;
  outcome.up = up;
  outcome.reason = std::move(reason);
  return outcome;
}

Outcome judge(const Probe& probe, const Response& response) {
  const std::string status_line = fmt::format("{} {}", response.status, response.reason);
  if (response.status / 100 != 2)
    return verdict(response, false, fmt::format("HTTP {} instead of 200", status_line));
  if (!receive_pattern(probe).found_in(response.body))
    return verdict(response, false,
                   fmt::format("HTTP {}, but \"{}\" is not in the {} bytes received", status_line,
                               probe.receive, response.body.size()));
  return verdict(response, true, "HTTP " + status_line);
}

std::optional<Url> from_boost(const boost::urls::url_view& url) {
  const bool tls = url.scheme_id() == boost::urls::scheme::https;
  if (!tls && url.scheme_id() != boost::urls::scheme::http) return std::nullopt;
  Url result;
  result.tls = tls;
  result.host = url.host_address();
  if (result.host.empty()) return std::nullopt;
  result.port = url.port_number() != 0 ? url.port_number() : (tls ? 443 : 80);
  result.target = std::string(url.encoded_path());
  if (!result.target.starts_with('/')) result.target.insert(0, 1, '/');
  if (url.has_query()) result.target += "?" + std::string(url.encoded_query());
  return result;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  const auto url = boost::urls::parse_uri({text.data(), text.size()});
  return url ? from_boost(*url) : std::nullopt;
}

std::optional<Url> follow(const Url& from, std::string_view location) {
  const std::string base = fmt::format("{}://{}:{}{}", from.tls ? "https" : "http",
                                       bracketed(from.host), from.port, from.target);
  const auto base_url = boost::urls::parse_uri(base);
  const auto reference = boost::urls::parse_uri_reference({location.data(), location.size()});
  if (!base_url || !reference) return std::nullopt;
  boost::urls::url target;
  if (!boost::urls::resolve(*base_url, *reference, target)) return std::nullopt;
  return from_boost(target);
}

asio::awaitable<Outcome> check_http(const Probe& probe) {
  Request request = co_await opening_request(probe);
  Url here{request.tls, request.target.address.to_string(), request.target.port,
           request.request_line_target};
  Response response = co_await ask(probe, request);
  for (int hops = 0; is_redirect(response); ++hops) {
    if (hops == kMostRedirects)
      co_return verdict(response, false, fmt::format("more than {} redirects", kMostRedirects));
    const auto next = follow(here, response.location);
    if (!next)
      co_return verdict(response, false, fmt::format("redirect to \"{}\"", response.location));
    here = *next;
    request = co_await request_for(here, {});
    response = co_await ask(probe, request);
  }
  co_return judge(probe, response);
}

}  // namespace um::checks
