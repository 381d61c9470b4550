// ldirectord_cf_text.hpp - lines and value forms of ldirectord.cf.
//
// The format is no grammar: the old program searched each line with patterns ("the first run of
// digits anywhere in the value", "up to the last quote of the line"; spec ldirectord-config 1, 2),
// over bytes, and every site's file relies on some of it. A grammar would accept other texts, so
// these searches are written out here by hand, each in one linear pass.
//
// A Piece is a part of a line that knows where it stands in the file, although comments were cut
// and tabs expanded before it was looked at.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "parsers/ldirectord_cf.hpp"
#include "parsers/source.hpp"

namespace um::parsers::ldirectord_cf {

/// White space and word characters as Perl sees them in bytes: no NBSP, no UTF-8.
bool is_space(char c);
bool is_digit(char c);
bool is_word(char c);  // [A-Za-z0-9_]
bool is_alnum(char c);
std::string_view skip_space(std::string_view text);
std::string_view trim_right(std::string_view text);
bool all_space(std::string_view text);

class Line;

struct Piece {
  const Line* line = nullptr;
  std::size_t at = 0;  // offset in the line's text
  std::string_view text;

  Piece part(std::size_t from, std::size_t count = std::string_view::npos) const;
  /// The part that `inside`, a view into text, stands for.
  Piece part_of(std::string_view inside) const;
  Span span() const;
};

class Line {
 public:
  /// The 1-based line `number`, as it stands.
  Line(const Source& source, std::size_t number);

  std::size_t number() const { return number_; }
  std::string_view raw() const { return raw_; }             // without LF
  std::string_view raw_with_end() const { return whole_; }  // with LF, if it has one
  /// As a section sees it: from the first '#' on deleted, each tab made four blanks.
  void prepare_for_section();
  /// The text in force: raw(), or that of prepare_for_section().
  std::string_view text() const { return changed_ ? std::string_view(expanded_) : raw_; }
  Piece piece() const { return {this, 0, text()}; }
  Span span(std::size_t from, std::size_t to) const;
  Span span() const;  // without the blanks at its ends

 private:
  std::size_t source_offset(std::size_t at) const;

  std::size_t number_;
  std::size_t begin_;
  std::string_view raw_, whole_;
  bool changed_ = false;
  std::string expanded_;
};

/// What a prepared line of a section says, without its indentation. Nothing when the line ends the
/// section: less than four blanks, or nothing behind four. Blanks alone leave one of them, which is
/// no directive.
std::optional<Piece> section_text(const Line& line);

/// `name`, optional blanks, `=`, optional blanks, value. Nothing when there is no `=`.
struct Assignment {
  std::string_view name;
  Piece value;
};
std::optional<Assignment> assignment(const Piece& text);

template <class Predicate>
std::size_t run_length(std::string_view text, Predicate in) {
  std::size_t n = 0;
  while (n < text.size() && in(text[n])) ++n;
  return n;
}

/// The first run of characters for which `in` holds; empty when there is none.
template <class Predicate>
Piece first_run(const Piece& value, Predicate in) {
  const std::size_t from = run_length(value.text, [&](char c) { return !in(c); });
  return value.part(from, run_length(value.text.substr(from), in));
}

/// Form Q of the spec: `"`, content up to the last `"` of the line. Nothing without two quotes.
std::optional<Piece> quoted(const Piece& value);
/// Form Q?: Q, else the whole value.
Piece maybe_quoted(const Piece& value);

/// A request: "/" is put in front of it unless it is there.
std::string with_leading_slash(std::string_view request);

/// Length of "[HEX:]" at the start of the text, brackets included; 0 when there is none.
std::size_t bracketed_address(std::string_view text);
/// Length of ":PORT" at the start of the text; 0 when there is none.
std::size_t colon_port(std::string_view text);
bool is_port(char c);  // [A-Za-z0-9_-]

/// Digits as a number; 2^31-1 when there are more.
Number number(std::string_view digits);

/// "text" for a message: in quotes, control bytes as '?', never longer than a line.
std::string shown(std::string_view text);

}  // namespace um::parsers::ldirectord_cf
