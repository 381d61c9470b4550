// common_pattern.hpp - is this text a regular expression as Perl has them?
//
// The `receive` strings were Perl patterns; ours are compiled by PCRE2. Like Perl, unknown escapes
// stand for themselves, so what worked goes on working (decision L10).
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace um::parsers {

struct PatternError {
  std::string why;     // PCRE2's words
  std::size_t at = 0;  // offset in the pattern
};

std::optional<PatternError> pattern_error(std::string_view pattern);

}  // namespace um::parsers
