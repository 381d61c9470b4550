// ha_cf_values.hpp - the shapes of ha.cf's values, shared by the directives. Not for other rooms.
//
// Each returns whether the value was taken; when not, it has said why. `legacy` is the old
// program's line for a bad value, where it had one.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "parsers/ha_cf_reading.hpp"

namespace um::parsers {

enum class Zero : bool { kRefused, kAllowed };

std::optional<milliseconds> read_time(Reading& r, const Word& v, Zero zero,
                                      std::string legacy = {});

bool set_bool(Reading& r, const Word& v, bool& field, std::string legacy = {});

struct Range {
  std::int64_t least, most;
};
bool set_int(Reading& r, const Word& v, Range range, int& field, std::string legacy = {});

/// One of a few words; `text` is `v` as it is to be compared. The field gets the word's index.
template <class Enum, std::size_t N>
bool set_word(Reading& r, const Word& v, std::string_view text,
              const std::array<std::string_view, N>& words, Enum& field, std::string legacy = {}) {
  const auto found = std::ranges::find(words, text);
  if (found == words.end()) {
    std::string hint = fmt::format("expected {}", fmt::join(words, ", "));
    const std::string lower = lower_case(text);
    if (std::ranges::find(words, lower) != words.end())
      hint = fmt::format("write {}: the words are lower case", lower);
    else if (const std::string_view near = nearest(lower, words); !near.empty())
      hint += fmt::format(" - did you mean \"{}\"?", near);
    return r.refuse(v, std::move(hint), std::move(legacy));
  }
  field = static_cast<Enum>(found - words.begin());
  return true;
}

}  // namespace um::parsers
