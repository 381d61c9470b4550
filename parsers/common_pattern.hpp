// common_pattern.hpp - the Perl regular expressions of `receive` (ldirectord-runtime 11): is this
// text one, and is it found?
//
// The patterns were Perl's; ours are compiled by PCRE2, in one way for `check` and for the checks
// that run. Like Perl, unknown escapes stand for themselves, so what worked goes on working
// (decision L10); the pattern is searched anywhere, without implicit anchors.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace um::parsers {

struct PatternError {
  std::string why;     // PCRE2's words
  std::size_t at = 0;  // offset in the pattern
};

class Pattern {
 public:
  /// A pattern that cannot be compiled matches nothing and says why in error().
  explicit Pattern(std::string_view expression);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  /// Bounded work: an expression that backtracks without end gives up and counts as no match, so
  /// that no answer of a server can hold the event loop.
  bool found_in(std::string_view text) const;
  const std::optional<PatternError>& error() const { return error_; }

 private:
  struct Code;
  std::unique_ptr<Code> code_;
  std::optional<PatternError> error_;
};

/// The same judgement without keeping the pattern.
std::optional<PatternError> pattern_error(std::string_view pattern);

}  // namespace um::parsers
