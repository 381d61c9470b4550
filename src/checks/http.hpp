// http.hpp - negotiate checks for http, https and http_proxy (ldirectord-runtime 11.2).
//
// Up when the final answer, after at most 7 redirects to any host, has a 2xx status and its body
// matches `receive` (or nothing is to be received). The request carries Host without a port and a
// User-Agent that begins with the old program's, because web servers filter their logs by it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "checks/check.hpp"

namespace um::checks {

boost::asio::awaitable<Outcome> check_http(const Probe& probe);

/// A URL as far as a check needs it. `host` is without brackets; `target` is path and query, at
/// least "/".
struct Url {
  bool tls = false;
  std::string host;
  std::uint16_t port = 80;
  std::string target;
};

/// Absolute http and https URLs only; nothing for all else.
std::optional<Url> parse_url(std::string_view text);

/// Where a Location header leads, seen from the URL that answered with it (RFC 3986 section 5.2).
std::optional<Url> follow(const Url& from, std::string_view location);

}  // namespace um::checks
