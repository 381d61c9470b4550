// ldirectord_cf_report.hpp - collects what is said about one ldirectord.cf, with the old literals.
//
// The old program stopped at its first error. Ours goes on, so that an admin sees all of them, but
// only the first carries the old line; warnings of the old program carry theirs up to that point.
// At most kMostErrors errors are kept: behind that a file is not what it was taken for.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/ldirectord_cf.hpp"

namespace um::parsers::ldirectord_cf {

inline constexpr std::size_t kMostErrors = 100;

/// What 4.12 printed behind "reading file PATH at line N: ".
struct Legacy {
  std::size_t line = 0;  // 0: the form without file and line
  std::string text;
};

class Report {
 public:
  explicit Report(const Source& source) : source_(source) {}

  void error(Span where, Legacy legacy, std::string message, std::string hint);
  /// A warning that the old program gave too.
  void old_warning(Span where, Legacy legacy, std::string message, std::string hint);
  /// A warning of ours alone.
  void warning(Span where, std::string message, std::string hint);

  /// Nothing to say now, but for who still runs the old program.
  void refused_by_old(Span where, std::string text) {
    differences_.push_back({where, true, std::move(text)});
  }
  void other_in_old(Span where, std::string text) {
    differences_.push_back({where, false, std::move(text)});
  }

  /// The line in which a span begins.
  std::size_t line_of(Span where) const { return source_.position(where.begin).line; }
  std::size_t errors() const { return errors_; }
  bool full() const { return errors_ >= kMostErrors; }
  std::vector<Diagnostic> take() { return std::move(diagnostics_); }
  std::vector<LegacyDifference> take_differences() { return std::move(differences_); }

 private:
  std::string literal(std::string_view kind, const Legacy& legacy) const;

  const Source& source_;
  std::vector<Diagnostic> diagnostics_;
  std::vector<LegacyDifference> differences_;
  std::size_t errors_ = 0;
};

}  // namespace um::parsers::ldirectord_cf
