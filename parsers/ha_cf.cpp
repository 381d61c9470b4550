// Hand-written: ha.cf is a table of directives over lines of words, and the rules by which lines
// and words end are those of a C buffer (see ha_text.hpp); there is no nesting for a grammar to
// describe.
#include "parsers/ha_cf.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "parsers/ha_cf_reading.hpp"

namespace um::parsers {
namespace {

constexpr std::string_view kNul{"\0", 1};
constexpr std::string_view kLineStops{"\0#\r\n", 4};

void warn_about_ignored_tail(Reading& r, const Word& raw, const Word& line) {
  const std::string_view tail = raw.text.substr(line.text.size());
  const Span at{line.where.end, line.where.end + 1};
  if (tail.starts_with('\0'))
    r.warn(at, "a NUL byte ends the line", "the rest of it is not read");
  else if (tail.starts_with('#') && !line.text.empty() && !is_blank(line.text.back()))
    r.warn(at, "# begins a comment, also in the middle of a word",
           "put a blank before it if a comment is meant; a value cannot hold #");
  else if (tail.starts_with('\r') && tail.find_first_not_of("\r\n") != std::string_view::npos)
    r.warn(at, "a CR ends the line", "the rest of it is not read: use LF as line end");
}

void warn_about_quotes(Reading& r, const Word& rest) {
  const std::size_t quote = rest.text.find('"');
  if (quote == std::string_view::npos || r.directive.text == "respawn" ||
      r.directive.text == "failfast")
    return;
  const std::size_t at = rest.where.begin + quote;
  r.warn({at, at + 1}, "the quote is part of the value", "ha.cf knows no quoting: write none");
}

bool takes_last_value_only(const Directive& directive) {
  return !directive.explanation.empty() && directive.name != "node";
}

void read_values(Reading& r, const Directive& directive, const Word& rest) {
  const std::vector<Word> values = split_words(rest, Commas::kSeparate);
  if (values.empty()) r.warn(r.directive.where, "no value: the line is ignored", {});
  if (directive.name == "udp")
    r.warn(r.directive.where, "udp is the old name of bcast", "write bcast",
           "WARN: WARNING: directive 'udp' replaced by 'bcast'");
  const bool before = r.given.contains(directive.name);
  bool taken = false;
  for (const Word& value : values) {
    if (!directive.handler(r, value)) continue;
    taken = true;
    r.given.insert_or_assign(directive.name, Given{std::string(value.text), value.where});
  }
  if (before && taken && takes_last_value_only(directive))
    r.warn(r.directive.where, fmt::format("{} is given again", directive.name),
           "the last one counts");
  if (values.size() > 1 && takes_last_value_only(directive))
    r.warn(values.back().where, fmt::format("{} takes one value", directive.name),
           "only this one, the last, counts");
}

void note_broken_line(Reading& r, const Directive& directive, const Word& interface) {
  constexpr std::array<std::string_view, 3> kInterfaceFirst{"mcast", "mcast6", "ucast6"};
  if (!interface.text.empty() &&
      std::ranges::find(kInterfaceFirst, directive.name) != kInterfaceFirst.end())
    r.broken_lines.push_back({r.diagnostics.size() - 1, std::string(directive.name),
                              std::string(interface.text), interface.where});
}

void read_line(Reading& r, const Word& raw) {
  // Blanks are skipped first: a line may begin with the very characters that end it later.
  const HeadAndRest leading = split_head(raw);
  const Word from_first{raw.text.substr(leading.head.where.begin - raw.where.begin),
                        {leading.head.where.begin, raw.where.end}};
  const Word line = cut_at(from_first, kLineStops);
  const auto [word, rest] = split_head(line);
  r.directive = word;
  warn_about_ignored_tail(r, from_first, line);
  if (word.text.empty()) return;

  const Directive* directive = find_directive(word.text);
  if (directive == nullptr) {
    r.error(word, fmt::format("unknown directive \"{}\"", word.text),
            illegal_directive_hint(word.text),
            fmt::format("ERROR: Illegal directive [{}] in {}", word.text, kHaCfPath));
    return;
  }
  if (directive->ours)
    r.beyond_legacy(word.where, fmt::format("an older heartbeat does not know \"{}\"", word.text));
  warn_about_quotes(r, rest);
  if (directive->takes == Takes::kEachWord) {
    // Commas separate here, so they may also stand before the first value.
    read_values(r, *directive, rest);
  } else if (directive->handler(r, rest)) {
    r.given.insert_or_assign(directive->name, Given{std::string(rest.text), rest.where});
  } else {
    note_broken_line(r, *directive, split_head(rest).head);
  }
}

}  // namespace

bool Reading::failed() const {
  return std::ranges::any_of(diagnostics,
                             [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

bool Reading::error(const Word& at, std::string message, std::string hint, std::string legacy) {
  diagnostics.push_back(
      {Severity::kError, at.where, std::move(message), std::move(hint), std::move(legacy)});
  return false;
}

bool Reading::refuse(const Word& value, std::string hint, std::string legacy) {
  std::string odd = odd_character_hint(value.text);
  const Word& at = value.text.empty() ? directive : value;
  return error(at,
               value.text.empty()
                   ? fmt::format("value missing for \"{}\"", directive.text)
                   : fmt::format("invalid value \"{}\" for \"{}\"", value.text, directive.text),
               odd.empty() ? std::move(hint) : std::move(odd), std::move(legacy));
}

void Reading::warn(Span at, std::string message, std::string hint, std::string legacy) {
  diagnostics.push_back(
      {Severity::kWarning, at, std::move(message), std::move(hint), std::move(legacy)});
}

void Reading::remark(std::string legacy) {
  remarks.push_back({directive.where, std::move(legacy)});
}

void Reading::beyond_legacy(Span at, std::string message) {
  config.beyond_legacy.push_back({Severity::kWarning,
                                  at,
                                  std::move(message),
                                  "only when no old node is left in the cluster",
                                  {}});
}

Reading read_lines(const Source& source) {
  Reading reading(source);
  for (std::size_t number = 1; number <= source.line_count(); ++number) {
    const PhysicalLine line = physical_line(source, number);
    if (line.too_long)
      reading.diagnostics.push_back(line_too_long(line));
    else
      read_line(reading, line.text);
  }
  for (Diagnostic& d : copy_damage(source)) reading.diagnostics.push_back(std::move(d));
  return reading;
}

Parsed<HaConfig> parse_ha_cf(const Source& source) {
  Reading reading = read_lines(source);
  settle(reading);
  std::vector<Diagnostic> fit = judge(reading, {});
  Parsed<HaConfig> result{std::move(reading.config), std::move(reading.diagnostics)};
  std::ranges::move(fit, std::back_inserter(result.diagnostics));
  // Without a message it is a line of the old log only.
  std::erase_if(result.diagnostics, [](const Diagnostic& d) { return d.message.empty(); });
  std::ranges::stable_sort(result.diagnostics, {},
                           [](const Diagnostic& d) { return d.where.begin; });
  return result;
}

}  // namespace um::parsers
