#include "parsers/ldirectord_cf_syntax.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "parsers/ldirectord_cf_words.hpp"

namespace um::parsers::ldirectord_cf {
namespace {

bool is_virtual_host(char c) {
  return is_word(c) || c == '.' || c == '+' || c == '-';
}

std::optional<VirtualSyntax> bad_virtual(const Piece& value, std::size_t line, Report& report,
                                         std::string legacy, std::string message,
                                         std::string hint) {
  report.error(value.span(), {line, std::move(legacy)}, std::move(message), std::move(hint));
  return std::nullopt;
}

/// The text up to the first blank: what a person takes for the address.
Piece address_word(const Piece& value) {
  const Piece word = value.part(0, run_length(value.text, [](char c) { return !is_space(c); }));
  return word.text.empty() ? value.part(0, 1) : word;
}

std::optional<VirtualSyntax> parse_mark(VirtualSyntax syntax, const Piece& value,
                                        std::size_t digits, Report& report) {
  const Piece word = address_word(value);
  const bool bare = word.text.size() == digits;
  syntax.mark = value.text.substr(0, digits);
  syntax.where = word.span();
  // Kernel marks have 32 bits, and 0 means none (decision L9).
  constexpr std::size_t kMostDigits = 10;
  const std::string_view significant =
      std::string_view(syntax.mark).substr(std::min(syntax.mark.find_first_not_of('0'), digits));
  if (significant.empty() || significant.size() > kMostDigits ||
      std::stoull(std::string(significant)) > 0xffffffffULL)
    return bad_virtual(
        word, syntax.line, report, "invalid address for virtual server",
        bare ? fmt::format("firewall mark {} is out of range", syntax.mark)
             : fmt::format("{} has no port, and is no firewall mark", shown(word.text)),
        "expected ADDRESS:PORT, or a firewall mark from 1 to 4294967295");
  if (!bare)
    report.warning(word.span(),
                   fmt::format("{} has no port: it is read as firewall mark {}", shown(word.text),
                               syntax.mark),
                   "write ADDRESS:PORT, or the mark alone");
  return syntax;
}

std::optional<VirtualSyntax> parse_ipv6(VirtualSyntax syntax, const Piece& value,
                                        std::size_t length, Report& report) {
  const Piece address = value.part(0, length);
  if (syntax.family == Family::kInet)
    return bad_virtual(address, syntax.line, report,
                       "cannot specify an IPv6 address here. please use \"virtual6\" instead.",
                       "an IPv6 address in a virtual= line",
                       fmt::format("write \"virtual6={}\"", trim_right(value.text)));
  syntax.host = {std::string(value.text.substr(1, length - 2)), address.span()};
  in6_addr ignored{};
  if (inet_pton(AF_INET6, syntax.host.text.c_str(), &ignored) != 1)
    return bad_virtual(address, syntax.line, report, "invalid ipv6 address for virtual server",
                       fmt::format("{} is no IPv6 address", shown(syntax.host.text)),
                       "expected an address such as [2001:db8::1]:80");
  const std::size_t port = colon_port(value.text.substr(length));
  const Piece number = value.part(length + 1, port - 1);
  syntax.port = {std::string(number.text), number.span()};
  syntax.where = value.part(0, length + port).span();
  return syntax;
}

struct FallbackWords {
  Piece address, method;  // method empty: none given
};

/// The last two words; earlier ones were always ignored.
FallbackWords last_two_words(const Piece& value) {
  const auto last_word = [&](std::size_t end) {
    while (end > 0 && is_space(value.text[end - 1])) --end;
    std::size_t begin = end;
    while (begin > 0 && !is_space(value.text[begin - 1])) --begin;
    return value.part(begin, end - begin);
  };
  const Piece last = last_word(value.text.size());
  const Piece before = last_word(last.at - value.at);
  if (before.text.empty()) return {last, value.part(value.text.size())};
  return {before, last};
}

/// Comments in a global fallback line were fine until 2006 (decision L40): what the old program
/// would have refused is read again without its comment.
FallbackWords words_without_comment(const Piece& value, Report& report) {
  const FallbackWords words = last_two_words(value);
  const std::size_t hash = value.text.find('#');
  const bool refused = words.address.text.find('#') != std::string_view::npos ||
                       (!words.method.text.empty() && !find_word(kForwards, words.method.text));
  if (hash == std::string_view::npos || !refused) return words;
  report.warning(value.part(hash).span(), "ldirectord since 2007 takes no comment here",
                 "put the comment on a line of its own if an old ldirectord reads this file too");
  report.refused_by_old(value.part(hash).span(), "4.12 refuses a comment behind a global fallback");
  return last_two_words(value.part(0, hash));
}

void warn_about_fallback(const Piece& value, const FallbackWords& words, Report& report) {
  const std::string_view earlier = trim_right(value.text.substr(0, words.address.at - value.at));
  if (!earlier.empty())
    report.warning(value.part(0, earlier.size()).span(),
                   fmt::format("{} before the fallback server is ignored", shown(earlier)),
                   "expected ADDRESS[:PORT] [gate|masq|ipip]");
  const std::string_view address = words.address.text;
  const std::size_t open = address.find('['), close = address.rfind(']');
  const bool inside =
      open != std::string_view::npos && close != std::string_view::npos && open < close;
  if (inside && (open > 0 || (close + 1 < address.size() && address[close + 1] != ':')))
    report.warning(words.address.span(), "only what stands in brackets is the fallback server",
                   "expected [ADDRESS]:PORT");
  if (address.empty())
    report.warning(value.span(), "an empty fallback server means the loopback address",
                   "write \"127.0.0.1:PORT\", or remove the line");
}

}  // namespace

bool is_dotted_quad(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    const std::size_t n = run_length(text, is_digit);
    if (n == 0 || (part < 3 && !text.substr(n).starts_with('.'))) return false;
    text.remove_prefix(part < 3 ? n + 1 : n);
  }
  return text.empty();
}

std::optional<VirtualSyntax> parse_virtual(const Piece& value, Family family, Report& report) {
  VirtualSyntax syntax;
  syntax.family = family;
  syntax.line = value.line->number();
  const std::size_t host = run_length(value.text, is_virtual_host);
  const std::size_t port = host > 0 ? colon_port(value.text.substr(host)) : 0;
  if (port > 0) {
    const Piece port_piece = value.part(host + 1, port - 1);
    syntax.host = {std::string(value.text.substr(0, host)), value.part(0, host).span()};
    syntax.port = {std::string(port_piece.text), port_piece.span()};
    syntax.where = value.part(0, host + port).span();
    return syntax;
  }
  if (const std::size_t digits = run_length(value.text, is_digit))
    return parse_mark(std::move(syntax), value, digits, report);
  const std::size_t brackets = bracketed_address(value.text);
  if (brackets > 0 && colon_port(value.text.substr(brackets)) > 0)
    return parse_ipv6(std::move(syntax), value, brackets, report);
  const Piece word = address_word(value);
  return bad_virtual(
      word, syntax.line, report, "invalid address for virtual server",
      word.text.empty() ? "virtual service without an address"
                        : fmt::format("{} is no address for a virtual service", shown(word.text)),
      family == Family::kInet ? "expected ADDRESS:PORT, HOST:PORT or a firewall mark"
                              : "expected [ADDRESS]:PORT, HOST:PORT or a firewall mark");
}

std::optional<FallbackSyntax> parse_fallback(const Piece& value, bool global, Report& report) {
  const FallbackWords words = global ? words_without_comment(value, report) : last_two_words(value);
  FallbackSyntax syntax;
  syntax.line = value.line->number();
  if (!words.method.text.empty()) {
    const auto forward = find_word(kForwards, words.method.text);
    if (!forward) {
      report.error(words.method.span(), {syntax.line, "forward method must be gate, masq or ipip"},
                   fmt::format("{} is no forwarding method", shown(words.method.text)),
                   expected_word("gate, masq or ipip", words.method.text, kForwards));
      return std::nullopt;
    }
    syntax.forward = *forward;
  }
  warn_about_fallback(value, words, report);
  // The port is the last group behind a colon, so an IPv6 address without brackets loses its own.
  const Piece& address = words.address;
  std::size_t port = address.text.size();
  while (port > 0 && is_port(address.text[port - 1])) --port;
  const bool has_port = port > 0 && port < address.text.size() && address.text[port - 1] == ':';
  const Piece host = has_port ? address.part(0, port - 1) : address;
  if (has_port) {
    const Piece port_piece = address.part(port);
    syntax.port = {std::string(port_piece.text), port_piece.span()};
  }
  syntax.host = {std::string(host.text), host.span()};
  syntax.where = address.span();
  return syntax;
}

}  // namespace um::parsers::ldirectord_cf
