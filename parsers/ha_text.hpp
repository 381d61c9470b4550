// ha_text.hpp - how heartbeat's files are cut into words, and the damage that copying does to them.
//
// Hand-written: the old rules are those of a C line buffer, not of a grammar (a NUL ends a line,
// the first CR ends it too, a comma separates in some directives only: spec ha-cf 2), and they must
// hold for every byte sequence.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/diagnostics.hpp"
#include "parsers/source.hpp"

namespace um::parsers {

/// The old line buffer: a longer physical line (its newline counted) was cut, and the tail read as
/// lines of their own. Here it is an error (decision H9).
constexpr std::size_t kLongestLine = 5119;

struct Word {
  std::string_view text;
  Span where;
};

/// Space, tab, newline, CR, form feed. Vertical tab is an ordinary character.
bool is_blank(char c);

enum class Commas : bool { kOrdinary, kSeparate };

std::vector<Word> split_words(const Word& text, Commas commas);

/// The first word, and what follows it without the blanks between; both empty at the end.
struct HeadAndRest {
  Word head, rest;
};
HeadAndRest split_head(const Word& text);

/// ASCII letters only, as the old program folds names.
std::string lower_case(std::string_view text);

/// A physical line with its newline, and whether it is longer than the old buffer.
struct PhysicalLine {
  Word text;
  bool too_long = false;
};
PhysicalLine physical_line(const Source& source, std::size_t number);
Diagnostic line_too_long(const PhysicalLine& line);
bool is_line_too_long(const Diagnostic& diagnostic);

/// `text` up to the first of `stops` (a NUL may be one of them).
Word cut_at(const Word& text, std::string_view stops);

/// C's atoi: an optional sign, digits, and anything behind them is junk. No digits read as 0.
struct LegacyInt {
  std::int64_t value = 0;
  bool junk = false;      // something stood behind the number, or there was none
  bool overflow = false;  // does not fit 32 bits: the old program wrapped it
};
LegacyInt legacy_int(std::string_view text);

/// yes/no words in any letter case (spec 4.2).
std::optional<bool> legacy_bool(std::string_view text);

/// Warnings for what editors, web pages and word processors leave behind: a byte order mark, CRLF
/// line ends, typographic quotes, blanks that are none. Each kind is reported once.
std::vector<Diagnostic> copy_damage(const Source& source);

/// What to say about a word that ought to be plain: empty when nothing about it is odd.
std::string odd_character_hint(std::string_view word);

}  // namespace um::parsers
