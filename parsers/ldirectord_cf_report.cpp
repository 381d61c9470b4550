#include "parsers/ldirectord_cf_report.hpp"

#include <fmt/format.h>

#include "parsers/ldirectord_cf.hpp"

namespace um::parsers {

namespace ldirectord_cf {

std::string Report::literal(std::string_view kind, const Legacy& legacy) const {
  if (errors_ > 0) return {};
  if (legacy.line == 0) return fmt::format("{} [PID]: {}", kind, legacy.text);
  return fmt::format("{} [PID] reading file {} at line {}: {}", kind, source_.name(), legacy.line,
                     legacy.text);
}

void Report::error(Span where, Legacy legacy, std::string message, std::string hint) {
  if (full()) return;
  diagnostics_.push_back(
      {Severity::kError, where, std::move(message), std::move(hint), literal("Error", legacy)});
  ++errors_;
  if (full())
    diagnostics_.push_back(
        {Severity::kNote, where, "too many errors, the rest is not read", "", ""});
}

void Report::old_warning(Span where, Legacy legacy, std::string message, std::string hint) {
  diagnostics_.push_back(
      {Severity::kWarning, where, std::move(message), std::move(hint), literal("Warning", legacy)});
}

void Report::warning(Span where, std::string message, std::string hint) {
  diagnostics_.push_back({Severity::kWarning, where, std::move(message), std::move(hint), ""});
}

}  // namespace ldirectord_cf

std::string legacy_lines(const std::vector<Diagnostic>& diagnostics, std::string_view pid) {
  std::string out;
  for (const Diagnostic& d : diagnostics) {
    if (d.legacy.empty()) continue;
    const std::size_t bracket = d.legacy.find('[');  // stands before any text of the file
    out += fmt::format("{}[{}{}", d.legacy.substr(0, bracket), pid,
                       d.legacy.substr(d.legacy.find(']', bracket)));
    if (out.back() != '\n') out += '\n';
  }
  return out;
}

}  // namespace um::parsers
