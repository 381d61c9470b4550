// pattern.hpp - the Perl regular expressions of `receive` (ldirectord-runtime 11): searched
// anywhere, no implicit anchors.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace um::checks {

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
  const std::string& error() const { return error_; }

 private:
  struct Code;
  std::unique_ptr<Code> code_;
  std::string error_;
};

}  // namespace um::checks
