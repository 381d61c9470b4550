// diagnostics.hpp - what a parser has to say about a text, printed the way a compiler would.
//
//     /etc/ha.d/ldirectord.cf:9:32: error: real server has no forwarding method "gat"
//         9 |         real=192.168.0.101:80 gat
//           |                               ^~~ expected gate, masq or ipip - did you mean "gate"?
//
// Parsers never throw on bad text: they return what they understood and why the rest was refused.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/source.hpp"

namespace um::parsers {

enum class Severity : std::uint8_t { kNote, kWarning, kError };
std::string_view name_of(Severity severity);  // "note", "warning", "error"

struct Diagnostic {
  Severity severity = Severity::kError;
  Span where;
  std::string message;
  std::string hint;  // what was expected, and how to fix it; may be empty
  std::string
      legacy;  // the old program's literal line for this case, as scripts may see it; may be empty
};

/// A value and what there is to say about the text it came from. The value is usable only when
/// ok().
template <class T>
struct Parsed {
  T value{};
  std::vector<Diagnostic> diagnostics;

  bool ok() const {
    for (const Diagnostic& d : diagnostics)
      if (d.severity == Severity::kError) return false;
    return true;
  }
};

enum class Colour : bool { kNo, kYes };

/// One diagnostic as text that ends in a newline; see the top of this file for the shape.
std::string format(const Diagnostic& diagnostic, const Source& source, Colour colour = Colour::kNo);

/// The candidate nearest to `word` (edit distance at most 2, and less than half the word); empty
/// when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace um::parsers
