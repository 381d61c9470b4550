// ldirectord_cf_syntax.hpp - the shapes of `virtual=`, `real=` and `fallback=` values, names
// unresolved.
//
// Strings are copies: a section is resolved only when it ends, long after its lines.
#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "parsers/ldirectord_cf_report.hpp"
#include "parsers/ldirectord_cf_text.hpp"

namespace um::parsers::ldirectord_cf {

/// A word to be resolved, and where it stands.
struct Word {
  std::string text;
  Span where;
};

struct VirtualSyntax {
  Family family = Family::kInet;
  Word host, port;   // both empty for a firewall mark
  std::string mark;  // digits; empty for an address
  Span where;
  std::size_t line = 0;
};

struct RealAddress {
  Word first, last, port;  // last: the end of a range, empty without one; port: may be empty
};

struct RealFlags {
  Forward forward = Forward::kGate;
  Number weight{"1", 1};
  std::optional<std::string> request, receive;
  std::optional<Number> lower_threshold, upper_threshold;
};

struct FallbackSyntax {
  Word host, port;  // port empty: none given
  Forward forward = Forward::kGate;
  Span where;
  std::size_t line = 0;
};

/// These return nothing after having reported why.
std::optional<VirtualSyntax> parse_virtual(const Piece& value, Family family, Report& report);
std::optional<FallbackSyntax> parse_fallback(const Piece& value, bool global, Report& report);

/// Reads the value of a real line from left to right, in two steps because the old program resolved
/// the names in between. Behind the address every step searches in what is left, as it did, and a
/// warning says so when that skips something.
class RealReader {
 public:
  RealReader(const Piece& value, Report& report) : value_(value), report_(report) {}

  std::optional<RealAddress> address();
  std::optional<RealFlags> flags();  // after address()

  std::size_t line() const { return value_.line->number(); }
  Span where() const { return value_.part(0, trim_right(value_.text).size()).span(); }

 private:
  static constexpr std::string_view kShape =
      "expected HOST[:PORT] gate|masq|ipip [WEIGHT] [\"REQUEST\", \"RECEIVE\"] [l:N] [u:N]";

  std::string_view left() const { return value_.text.substr(at_); }
  Piece take(std::size_t count);

  bool forward();
  void weight();
  bool strings();
  bool take_strings(const Piece& request, const Piece& receive);
  void threshold(std::string_view mark, std::optional<Number>& into);
  bool rest_is_empty();

  std::size_t host_length() const;
  std::nullopt_t wrong_format(std::string message, std::string_view hint = kShape);
  void skip_to(std::size_t position, std::string_view before_what);
  std::size_t find_blank_then_digits(std::size_t from, std::size_t to) const;
  std::size_t find_quote_behind_blank() const;

  const Piece value_;
  Report& report_;
  RealFlags real_;
  std::size_t at_ = 0;  // behind the last character that was understood
  bool request_had_slash_ = false;
};

/// d.d.d.d, digits not range-checked.
bool is_dotted_quad(std::string_view text);

}  // namespace um::parsers::ldirectord_cf
