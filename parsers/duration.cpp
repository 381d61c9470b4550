#include "parsers/duration.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "parsers/ha_text.hpp"

namespace um::parsers {
namespace {

struct NumberAndUnit {
  std::string_view number;
  std::string unit;  // lower case
};

NumberAndUnit split(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  return {text.substr(0, end), lower_case(text.substr(end))};
}

/// Milliseconds in one unit; nothing for an unknown unit.
std::optional<double> milliseconds_in(std::string_view unit) {
  if (unit.empty()) return 1000.0;
  // `cl_g...` is an accident of the old program, but a file that has it means milliseconds (G5).
  if (unit.starts_with("ms") || unit.starts_with("cl_g")) return 1.0;
  if (unit.starts_with("us")) return 0.001;
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const NumberAndUnit parts = split(text);
  const std::optional<double> scale = milliseconds_in(parts.unit);
  if (parts.number.empty() || !scale) return std::nullopt;
  double number = 0;
  const char* end = parts.number.data() + parts.number.size();
  if (std::from_chars(parts.number.data(), end, number, std::chars_format::fixed).ec ==
      std::errc::result_out_of_range)
    return std::nullopt;
  const double milliseconds = std::floor(number * *scale + 0.5);
  if (milliseconds > static_cast<double>(kLongestDuration.count())) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds));
}

std::string duration_hint(std::string_view text) {
  constexpr std::string_view kForms =
      "expected seconds (10, 0.5) or a number with ms or us (500ms)";
  const NumberAndUnit parts = split(text);
  const bool unit_alone = parts.number.empty() && (parts.unit == "s" || parts.unit == "sec" ||
                                                   parts.unit == "ms" || parts.unit == "us");
  if (unit_alone) return "no blank stands between number and unit, and seconds have no unit";
  if (parts.number.empty()) return std::string(kForms);
  if (parts.unit == "s" || parts.unit == "sec" || parts.unit == "seconds")
    return fmt::format("a number without unit is seconds: write {}", parts.number);
  int factor = parts.unit == "m" || parts.unit == "min" ? 60 : parts.unit == "h" ? 3600 : 0;
  std::int64_t number = 0;
  const char* end = parts.number.data() + parts.number.size();
  const auto read = std::from_chars(parts.number.data(), end, number);
  constexpr std::int64_t kSayable = 1'000'000;
  if (factor != 0 && read.ec == std::errc{} && read.ptr == end && number < kSayable)
    return fmt::format("times are in seconds: write {}", number * factor);
  return std::string(kForms);
}

std::string to_text(std::chrono::milliseconds time) {
  return fmt::format("{}ms", time.count());
}

}  // namespace um::parsers
