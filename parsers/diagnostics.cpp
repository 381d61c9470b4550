#include "parsers/diagnostics.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace um::parsers {
namespace {

constexpr std::size_t kMaxShownColumns = 160;

std::string_view colour_of(Severity severity) {
  switch (severity) {
    case Severity::kNote: return "\033[1;36m";
    case Severity::kWarning: return "\033[1;35m";
    case Severity::kError: return "\033[1;31m";
  }
  return "";
}

/// Control bytes would move the terminal's cursor away from the caret; tabs stay tabs in both
/// lines.
std::string printable(std::string_view text) {
  std::string out(text.substr(0, kMaxShownColumns));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t') c = '?';
  return out;
}

std::string caret_line(std::string_view source_line, std::size_t column, std::size_t width) {
  std::string out;
  for (std::size_t i = 0; i + 1 < column && i < source_line.size(); ++i)
    out += source_line[i] == '\t' ? '\t' : ' ';
  out += '^';
  out.append(width > 1 ? width - 1 : 0, '~');
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kNote: return "note";
    case Severity::kWarning: return "warning";
    case Severity::kError: return "error";
  }
  return "error";
}

std::string format(const Diagnostic& diagnostic, const Source& source, Colour colour) {
  const bool on = colour == Colour::kYes;
  const std::string_view paint = on ? colour_of(diagnostic.severity) : "";
  const std::string_view bold = on ? "\033[1m" : "";
  const std::string_view reset = on ? "\033[0m" : "";
  const Position at = source.position(diagnostic.where.begin);
  // Behind the last byte nothing stands that could be shown: something is missing from the file.
  const bool whole_file = diagnostic.where.begin >= source.text().size();
  const std::string shown = whole_file ? std::string{} : printable(source.line(at.line));
  const std::string place = whole_file
                                ? fmt::format("{}:", source.name())
                                : fmt::format("{}:{}:{}:", source.name(), at.line, at.column);
  std::string out = fmt::format("{}{}{} {}{}:{} {}\n", bold, place, reset, paint,
                                name_of(diagnostic.severity), reset, diagnostic.message);
  if (shown.empty()) {
    if (!diagnostic.hint.empty()) out += fmt::format("          | {}\n", diagnostic.hint);
    return out;
  }
  const std::size_t room = shown.size() >= at.column ? shown.size() - at.column + 1 : 1;
  const std::size_t width =
      std::min(diagnostic.where.end - std::min(diagnostic.where.begin, diagnostic.where.end), room);
  out += fmt::format("{:>9} | {}\n", at.line, shown);
  out += fmt::format("          | {}{}{}{}{}\n", paint,
                     caret_line(shown, std::min(at.column, shown.size() + 1), width), reset,
                     diagnostic.hint.empty() ? "" : " ", diagnostic.hint);
  return out;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr std::size_t kLongestWord = 64;
  if (word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t best_distance = std::min<std::size_t>(3, word.size() / 2 + 1);
  for (std::string_view candidate : candidates) {
    std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace um::parsers
