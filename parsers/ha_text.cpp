#include "parsers/ha_text.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

namespace um::parsers {
namespace {

constexpr std::string_view kLineTooLong = "line too long";

struct OddCharacter {
  std::string_view bytes;
  std::string_view name;
  std::string_view instead;
};

// What web pages and word processors put in place of ASCII, as UTF-8.
constexpr std::array kOddCharacters{
    OddCharacter{"\xEF\xBB\xBF", "a byte order mark", "save the file without it"},
    OddCharacter{"\xE2\x80\x9C", "a typographic quote", "write \""},
    OddCharacter{"\xE2\x80\x9D", "a typographic quote", "write \""},
    OddCharacter{"\xE2\x80\x9E", "a typographic quote", "write \""},
    OddCharacter{"\xE2\x80\x98", "a typographic quote", "write '"},
    OddCharacter{"\xE2\x80\x99", "a typographic quote", "write '"},
    OddCharacter{"\xE2\x80\x93", "a typographic dash", "write -"},
    OddCharacter{"\xE2\x80\x94", "a typographic dash", "write -"},
    OddCharacter{"\xE3\x80\x80", "a full-width blank", "write a plain blank"},
    OddCharacter{"\xC2\xA0", "a no-break blank", "write a plain blank"},
    OddCharacter{"\xEF\xBC\x83", "a full-width #", "write #"},
    OddCharacter{"\xEF\xBC\x8C", "a full-width comma", "write ,"},
    OddCharacter{"\xEF\xBC\x9A", "a full-width colon", "write :"},
};

const OddCharacter* odd_at(std::string_view text) {
  for (const OddCharacter& odd : kOddCharacters)
    if (text.starts_with(odd.bytes)) return &odd;
  return nullptr;
}

Word part(const Word& of, std::size_t begin, std::size_t end) {
  return {of.text.substr(begin, end - begin), {of.where.begin + begin, of.where.begin + end}};
}

void report_crlf(const Source& source, std::vector<Diagnostic>& out) {
  const std::size_t at = source.text().find("\r\n");
  if (at == std::string_view::npos) return;
  out.push_back({Severity::kWarning,
                 {at, at + 1},
                 "this line ends in CR LF, as editors on Windows write it",
                 "convert the file: sed -i 's/\\r$//' FILE",
                 {}});
}

}  // namespace

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

std::vector<Word> split_words(const Word& text, Commas commas) {
  const auto separates = [&](char c) {
    return is_blank(c) || (commas == Commas::kSeparate && c == ',');
  };
  std::vector<Word> words;
  std::size_t at = 0;
  while (at < text.text.size()) {
    if (separates(text.text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.text.size() && !separates(text.text[end])) ++end;
    words.push_back(part(text, at, end));
    at = end;
  }
  return words;
}

HeadAndRest split_head(const Word& text) {
  const std::string_view t = text.text;
  std::size_t begin = 0;
  while (begin < t.size() && is_blank(t[begin])) ++begin;
  std::size_t end = begin;
  while (end < t.size() && !is_blank(t[end])) ++end;
  std::size_t rest = end;
  while (rest < t.size() && is_blank(t[rest])) ++rest;
  return {part(text, begin, end), part(text, rest, t.size())};
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

PhysicalLine physical_line(const Source& source, std::size_t number) {
  const std::size_t begin = source.line_start(number);
  const std::size_t end = source.line_start(number + 1);
  return {{source.text().substr(begin, end - begin), {begin, end}}, end - begin > kLongestLine};
}

Diagnostic line_too_long(const PhysicalLine& line) {
  const std::size_t begin = line.text.where.begin;
  return {Severity::kError,
          {begin, begin + 1},
          fmt::format("{}: {} bytes", kLineTooLong, line.text.text.size()),
          fmt::format("at most {} bytes, the newline counted; an older heartbeat reads the rest as "
                      "lines of their own",
                      kLongestLine),
          {}};
}

bool is_line_too_long(const Diagnostic& diagnostic) {
  return diagnostic.message.starts_with(kLineTooLong);
}

Word cut_at(const Word& text, std::string_view stops) {
  const std::size_t end = text.text.find_first_of(stops);
  return part(text, 0, end == std::string_view::npos ? text.text.size() : end);
}

LegacyInt legacy_int(std::string_view text) {
  LegacyInt result;
  std::size_t at = 0;
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) ++at;
  const std::size_t digits = at;
  // Counted in 64 bits as long as it can matter: beyond 32 bits only "too big" is known.
  constexpr std::int64_t kEnough = std::int64_t{1} << 40;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
    result.value = std::min(result.value * 10 + (text[at] - '0'), kEnough);
  if (negative) result.value = -result.value;
  result.junk = at == digits || at < text.size();
  result.overflow = result.value > std::numeric_limits<std::int32_t>::max() ||
                    result.value < std::numeric_limits<std::int32_t>::min();
  return result;
}

std::optional<bool> legacy_bool(std::string_view text) {
  const std::string word = lower_case(text);
  for (std::string_view yes : {"true", "on", "yes", "y", "1"})
    if (word == yes) return true;
  for (std::string_view no : {"false", "off", "no", "n", "0"})
    if (word == no) return false;
  return std::nullopt;
}

std::vector<Diagnostic> copy_damage(const Source& source) {
  std::vector<Diagnostic> out;
  report_crlf(source, out);
  std::vector<std::string_view> seen;
  bool comment = false;
  const std::string_view text = source.text();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') comment = false;
    if (text[at] == '#') comment = true;
    if (comment || static_cast<unsigned char>(text[at]) < 0x80) continue;
    const OddCharacter* odd = odd_at(text.substr(at));
    if (odd == nullptr || std::ranges::find(seen, odd->name) != seen.end()) continue;
    seen.push_back(odd->name);
    out.push_back({Severity::kWarning,
                   {at, at + odd->bytes.size()},
                   fmt::format("{} is an ordinary character here", odd->name),
                   std::string(odd->instead),
                   {}});
  }
  return out;
}

std::string odd_character_hint(std::string_view word) {
  for (std::size_t at = 0; at < word.size(); ++at)
    if (const OddCharacter* odd = odd_at(word.substr(at)))
      return fmt::format("the word holds {}: {}", odd->name, odd->instead);
  return {};
}

}  // namespace um::parsers
