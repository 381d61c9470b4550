#include <algorithm>

#include <fmt/format.h>

#include "parsers/common_pattern.hpp"
#include "parsers/ldirectord_cf_syntax.hpp"
#include "parsers/ldirectord_cf_words.hpp"

namespace um::parsers::ldirectord_cf {
namespace {

bool is_host(char c) {
  return is_alnum(c) || c == '.' || c == '-';
}

Word word(const Piece& piece) {
  return {std::string(piece.text), piece.span()};
}

}  // namespace

Piece RealReader::take(std::size_t count) {
  const Piece piece = value_.part(at_, count);
  at_ += count;
  return piece;
}

/// A name may contain '-', so the arrow of a range belongs to the name's run of characters.
std::size_t RealReader::host_length() const {
  if (const std::size_t n = bracketed_address(left())) return n;
  const std::size_t n = run_length(left(), is_host);
  const bool arrow = n > 1 && left()[n - 1] == '-' && left().substr(n).starts_with('>');
  return arrow ? n - 1 : n;
}

std::nullopt_t RealReader::wrong_format(std::string message, std::string_view hint) {
  const std::size_t width = run_length(left(), [](char c) { return !is_space(c); });
  report_.error(value_.part(at_, std::max<std::size_t>(width, 1)).span(),
                {line(), "invalid address for real server (wrong format)"}, std::move(message),
                std::string(hint));
  return std::nullopt;
}

// The old search was not anchored and took `web_1:80` for 0.0.0.1 and `10.0.0.1:80:90` for 0.0.0.80
// (decision L9): here the value must begin with the address.
std::optional<RealAddress> RealReader::address() {
  if (left().empty()) return wrong_format("real server line has no address");
  RealAddress out;
  std::size_t n = host_length();
  if (n == 0)
    return wrong_format(
        "real server line does not begin with an address",
        left().front() == '[' ? "brackets are for IPv6 addresses: [2001:db8::1]:80" : kShape);
  out.first = word(take(n));
  if (left().starts_with("->")) {
    at_ += 2;
    n = host_length();
    if (n == 0) return wrong_format("the range has no second address");
    out.last = word(take(n));
  }
  if (const std::size_t port = colon_port(left())) {
    out.port = word(value_.part(at_ + 1, port - 1));
    at_ += port;
  }
  if (left().empty()) return wrong_format("real server has no forwarding method");
  if (is_space(left().front())) return out;
  if (left().front() == '_') return wrong_format("a host name has no underscore here");
  const bool lonely_colon = left().size() > 1 && left().front() == ':' && is_space(left()[1]);
  const bool ipv6 = left().starts_with("::") || left().find(':', 1) != std::string_view::npos;
  return wrong_format("unexpected text in the real server's address",
                      lonely_colon ? "write the port directly behind the colon"
                      : ipv6       ? "write an IPv6 address in brackets: [2001:db8::1]:80"
                                   : kShape);
}

std::optional<RealFlags> RealReader::flags() {
  if (!forward()) return std::nullopt;
  weight();
  if (!strings()) return std::nullopt;
  threshold("l:", real_.lower_threshold);
  threshold("u:", real_.upper_threshold);
  if (!rest_is_empty()) return std::nullopt;
  return std::move(real_);
}

bool RealReader::forward() {
  const Piece rest = value_.part(at_);
  const Piece method = first_run(rest, is_word);
  const auto found = find_word(kForwards, method.text);
  if (!found) {
    const bool none = method.text.empty();
    report_.error(none ? value_.part(value_.text.size()).span() : method.span(),
                  {line(), "forward method must be gate, masq or ipip"},
                  none ? "real server has no forwarding method"
                       : fmt::format("real server has no forwarding method {}", shown(method.text)),
                  expected_word("gate, masq or ipip", method.text, kForwards));
    return false;
  }
  skip_to(method.at - value_.at, "the forwarding method");
  at_ += method.text.size();
  real_.forward = *found;
  return true;
}

void RealReader::skip_to(std::size_t position, std::string_view before_what) {
  const std::string_view skipped = trim_right(skip_space(left().substr(0, position - at_)));
  if (!skipped.empty())
    report_.warning(value_.part_of(skipped).span(),
                    fmt::format("{} before {} is ignored", shown(skipped), before_what),
                    std::string(kShape));
  at_ = position;
}

/// Position of the first digit behind a blank in [from, to); npos when there is none.
std::size_t RealReader::find_blank_then_digits(std::size_t from, std::size_t to) const {
  for (std::size_t i = from; i + 1 < to; ++i)
    if (is_space(value_.text[i]) && is_digit(value_.text[i + 1])) return i + 1;
  return std::string_view::npos;
}

std::size_t RealReader::find_quote_behind_blank() const {
  std::size_t open = value_.text.find('"', at_);
  while (open != std::string_view::npos && !is_space(value_.text[open - 1]))
    open = value_.text.find('"', open + 1);
  return open;
}

// The old program took the first number behind a blank, even out of the strings, and then refused
// what was left of them (Q10; decision L7): here the strings are no place for a weight. A number
// behind the strings is one, and drops them, as before.
void RealReader::weight() {
  const std::string_view text = value_.text;
  const std::size_t open = find_quote_behind_blank();
  const std::size_t close = open == std::string_view::npos ? open : text.rfind('"') + 1;
  std::size_t digits = find_blank_then_digits(at_, std::min(open, text.size()));
  if (digits == std::string_view::npos && close != std::string_view::npos &&
      find_blank_then_digits(open, close) != std::string_view::npos)
    report_.refused_by_old(where(), "4.12 takes the number in the strings for the weight");
  if (digits == std::string_view::npos && close != std::string_view::npos)
    digits = find_blank_then_digits(close, text.size());
  if (digits == std::string_view::npos) return;
  skip_to(digits, "the weight");
  const Piece weight = take(run_length(left(), is_digit));
  real_.weight = number(weight.text);
  constexpr std::uint32_t kMostWeight = 65535;  // ipvsadm's limit
  if (real_.weight.value > kMostWeight)
    report_.warning(weight.span(),
                    fmt::format("weight {} is more than the kernel takes", weight.text),
                    "expected 0 to 65535; 65535 is used");
  real_.weight.value = std::min(real_.weight.value, kMostWeight);
}

// `"REQUEST", "RECEIVE"`: greedy, so REQUEST runs to the last quote that still leaves a string for
// RECEIVE. A request that begins with "/" made 4.12 lose the rest of the line (Q1; decision L7).
bool RealReader::strings() {
  const std::string_view text = value_.text;
  const std::size_t open = find_quote_behind_blank();
  const std::size_t last = text.rfind('"');
  if (open == std::string_view::npos || last <= open) return true;
  for (std::size_t close = last - 1; close > open; --close) {
    if (text[close] != '"' || (text[close + 1] != ',' && !is_space(text[close + 1]))) continue;
    std::size_t second = close + 2;
    while (second < last && is_space(text[second])) ++second;
    if (second >= last || text[second] != '"') continue;
    skip_to(open, "the request");
    return take_strings(value_.part(open + 1, close - open - 1),
                        value_.part(second + 1, last - second - 1));
  }
  return true;
}

bool RealReader::take_strings(const Piece& request, const Piece& receive) {
  at_ = receive.at - value_.at + receive.text.size() + 1;
  if (const auto error = pattern_error(receive.text)) {
    report_.error(receive.part(error->at, 1).span(), {line(), "invalid receive string"},
                  fmt::format("the receive string is no regular expression: {}", error->why),
                  "put a backslash before a special character that stands for itself");
    return false;
  }
  request_had_slash_ = request.text.starts_with('/');
  real_.request = with_leading_slash(request.text);
  real_.receive = std::string(receive.text);
  if (request_had_slash_)
    report_.other_in_old(where(), "4.12 ignores what follows a request that begins with \"/\"");
  return true;
}

void RealReader::threshold(std::string_view mark, std::optional<Number>& into) {
  const std::string_view text = value_.text;
  for (std::size_t i = text.find(mark, at_); i != std::string_view::npos;
       i = text.find(mark, i + 1)) {
    if (!is_space(text[i - 1])) continue;
    const std::size_t digits = run_length(text.substr(i + mark.size()), is_digit);
    if (digits == 0) continue;
    skip_to(i, mark);
    at_ += mark.size();
    into = number(take(digits).text);
    return;
  }
}

bool RealReader::rest_is_empty() {
  if (all_space(left())) return true;
  const std::string_view rest = trim_right(skip_space(left()));
  const Span where = value_.part_of(rest).span();
  // 4.12 never looked behind a request with "/" (Q1), so such a line runs on some site.
  if (request_had_slash_) {
    report_.warning(where, fmt::format("{} is ignored", shown(rest)), std::string(kShape));
    return true;
  }
  report_.error(where, {line(), fmt::format("Invalid real server line, around \"{}\"", left())},
                fmt::format("unexpected {} in the real server line", shown(rest)),
                rest.starts_with('"') ? "expected two strings: \"REQUEST\", \"RECEIVE\""
                                      : std::string(kShape));
  return false;
}

}  // namespace um::parsers::ldirectord_cf
