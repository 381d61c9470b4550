// duration.hpp - the times of ha.cf: `2`, `0.5`, `200ms`, `1500000us`.
//
// A number without unit is seconds. The rule is older than any grammar (spec ha-cf 4.1): the
// longest run of digits and dots is read as a C decimal, so `1.2.3` is 1.2; a unit only has to
// begin with ms or us, in any letter case, so `200msec` is good and `10s` is not.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace um::parsers {

/// Whole milliseconds, rounded half up; nothing for what the old program refuses and for more than
/// kLongestDuration (which it would have taken for less than nothing).
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// About thirty years: room to add and double without overflow.
constexpr std::chrono::milliseconds kLongestDuration{1'000'000'000'000};

/// What to write instead of `text`, which parse_duration() refused: names the likely mistake.
std::string duration_hint(std::string_view text);

/// "1500ms", as the listing shows a computed time.
std::string to_text(std::chrono::milliseconds time);

}  // namespace um::parsers
