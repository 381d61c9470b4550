#include "parsers/ldirectord_cf_text.hpp"

#include <algorithm>
#include <limits>

namespace um::parsers::ldirectord_cf {
namespace {

constexpr std::string_view kTab = "    ";

bool is_hex_or_colon(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':';
}

}  // namespace

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
  return is_alnum(c) || c == '_';
}

std::string_view skip_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view trim_right(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool all_space(std::string_view text) {
  return skip_space(text).empty();
}

Piece Piece::part(std::size_t from, std::size_t count) const {
  from = std::min(from, text.size());
  return {line, at + from, text.substr(from, count)};
}

Piece Piece::part_of(std::string_view inside) const {
  return part(static_cast<std::size_t>(inside.data() - text.data()), inside.size());
}

Span Piece::span() const {
  return line->span(at, at + text.size());
}

Line::Line(const Source& source, std::size_t number)
    : number_(number), begin_(source.line_start(number)) {
  const std::size_t end =
      number < source.line_count() ? source.line_start(number + 1) : source.text().size();
  whole_ = source.text().substr(begin_, end - begin_);
  raw_ = whole_;
  if (!raw_.empty() && raw_.back() == '\n') raw_.remove_suffix(1);
}

void Line::prepare_for_section() {
  const std::string_view kept = raw_.substr(0, raw_.find('#'));
  if (kept.size() == raw_.size() && kept.find('\t') == std::string_view::npos) return;
  changed_ = true;
  expanded_.clear();
  for (char c : kept) {
    if (c == '\t')
      expanded_ += kTab;
    else
      expanded_ += c;
  }
}

std::size_t Line::source_offset(std::size_t at) const {
  if (!changed_) return begin_ + std::min(at, raw_.size());
  std::size_t column = 0;
  for (std::size_t i = 0; i < raw_.size(); ++i) {
    column += raw_[i] == '\t' ? kTab.size() : 1;
    if (at < column) return begin_ + i;
  }
  return begin_ + raw_.size();
}

Span Line::span() const {
  const std::size_t end = begin_ + trim_right(raw_).size();
  return {std::min(end, begin_ + raw_.size() - skip_space(raw_).size()), end};
}

Span Line::span(std::size_t from, std::size_t to) const {
  return {source_offset(from), std::max(source_offset(to), source_offset(from))};
}

std::optional<Piece> section_text(const Line& line) {
  const std::string_view text = line.text();
  if (!text.starts_with(kTab) || text.size() == kTab.size()) return std::nullopt;
  const std::size_t blanks = run_length(text, [](char c) { return c == ' '; });
  return line.piece().part(std::min(blanks, text.size() - 1));
}

std::optional<Assignment> assignment(const Piece& text) {
  std::size_t name = 0;
  while (name < text.text.size() && !is_space(text.text[name]) && text.text[name] != '=') ++name;
  std::string_view rest = skip_space(text.text.substr(name));
  if (rest.empty() || rest.front() != '=') return std::nullopt;
  rest = skip_space(rest.substr(1));
  return Assignment{text.text.substr(0, name), text.part(text.text.size() - rest.size())};
}

std::optional<Piece> quoted(const Piece& value) {
  const std::size_t last = value.text.rfind('"');
  if (!value.text.starts_with('"') || last == 0) return std::nullopt;
  return value.part(1, last - 1);
}

Piece maybe_quoted(const Piece& value) {
  if (auto content = quoted(value)) return *content;
  return value;
}

std::string with_leading_slash(std::string_view request) {
  std::string out(request.starts_with('/') ? "" : "/");
  return out += request;
}

bool is_port(char c) {
  return is_word(c) || c == '-';
}

std::size_t bracketed_address(std::string_view text) {
  if (!text.starts_with('[')) return 0;
  const std::size_t inside = run_length(text.substr(1), is_hex_or_colon);
  return inside > 0 && text.substr(1 + inside).starts_with(']') ? inside + 2 : 0;
}

std::size_t colon_port(std::string_view text) {
  if (!text.starts_with(':')) return 0;
  const std::size_t port = run_length(text.substr(1), is_port);
  return port > 0 ? port + 1 : 0;
}

Number number(std::string_view digits) {
  constexpr std::uint32_t kMost = std::numeric_limits<std::int32_t>::max();
  std::uint64_t value = 0;
  for (char c : digits) value = std::min<std::uint64_t>(value * 10 + (c - '0'), kMost);
  return {std::string(digits), static_cast<std::uint32_t>(value)};
}

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string out = "\"";
  for (char c : text.substr(0, kMost)) out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  if (text.size() > kMost) out += "...";
  return out + '"';
}

}  // namespace um::parsers::ldirectord_cf
