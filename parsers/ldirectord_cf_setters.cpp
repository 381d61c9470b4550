#include "parsers/ldirectord_cf_setters.hpp"

#include <algorithm>

namespace um::parsers::ldirectord_cf {

Piece meant(const Context& c, const Piece& value) {
  std::string_view text = value.text;
  if (c.section == nullptr) text = text.substr(0, text.find('#'));
  return value.part(0, trim_right(text).size());
}

std::string unknown_text(const Context& c) {
  if (c.section) return fmt::format("Unknown command \"{}\"", c.line.raw_with_end());
  return fmt::format("Unknown command {} ", c.line.raw_with_end());
}

void Context::refuse(Span where, std::string legacy, std::string message, std::string hint) {
  report.error(where, {line.number(), legacy.empty() ? unknown_text(*this) : std::move(legacy)},
               std::move(message), std::move(hint));
}

const Directive* find_directive(std::span<const Directive> sorted, std::string_view name) {
  const auto at =
      std::lower_bound(sorted.begin(), sorted.end(), name,
                       [](const Directive& d, std::string_view n) { return d.name < n; });
  return at != sorted.end() && at->name == name ? &*at : nullptr;
}

std::optional<Number> read_number(const Directive& d, Context& c, const Piece& value, bool zero) {
  const Piece digits = first_run(value, is_digit);
  const Piece whole = meant(c, value);
  if (digits.text.empty()) {
    c.refuse(whole.span(), std::string(d.legacy),
             whole.text.empty() ? fmt::format("{} has no value", d.name)
                                : fmt::format("{} has no number in {}", d.name, shown(whole.text)),
             fmt::format("expected {}", d.expects));
    return std::nullopt;
  }
  Number out = number(digits.text);
  if (out.value == 0 && !zero) {
    c.refuse(digits.span(), std::string(d.legacy), fmt::format("{} can not be 0", d.name),
             fmt::format("expected {}", d.expects));
    return std::nullopt;
  }
  if (digits.text != whole.text)
    c.report.warning(whole.span(),
                     fmt::format("{} {} is read as {}", d.name, shown(whole.text), digits.text),
                     fmt::format("expected {}", d.expects));
  constexpr std::size_t kSafeDigits = 9;
  if (out.value != 0 && digits.text.size() > kSafeDigits &&
      std::to_string(out.value) != digits.text.substr(digits.text.find_first_not_of('0')))
    c.report.warning(digits.span(), fmt::format("{} is larger than can be counted", d.name),
                     fmt::format("{} is used", out.value));
  return out;
}

std::optional<bool> read_yes_no(const Directive& d, Context& c, const Piece& value) {
  if (const auto yes = find_word(kYesNo, value.text)) return yes;
  const Piece whole = meant(c, value);
  std::string hint = expected_word("yes or no", whole.text, kYesNo);
  if (find_word(kYesNo, whole.text)) {
    const std::string_view behind = value.text.substr(whole.text.size());
    hint = behind.find('#') != std::string_view::npos
               ? "a comment can not stand behind this value; put it on a line of its own"
           : behind == "\r"
               ? "the line ends with a carriage return; save the file with Unix line ends"
               : "remove the blanks behind the value";
  }
  c.refuse(value.text.empty() ? whole.span() : value.span(),
           d.legacy.empty() && !d.newer ? fmt::format("{} must be 'yes' or 'no'", d.name) : "",
           whole.text.empty()
               ? fmt::format("{} has no value", d.name)
               : fmt::format("{} must be yes or no, not {}", d.name, shown(value.text)),
           std::move(hint));
  return std::nullopt;
}

std::optional<Piece> read_quotes(Context& c, const Piece& value) {
  const auto content = quoted(value);
  if (!content) return std::nullopt;
  const Piece behind = value.part(content->text.size() + 2);
  const std::string_view rest = skip_space(meant(c, behind).text);
  if (!rest.empty())
    c.report.warning(behind.part_of(rest).span(), "what stands behind the last quote is ignored",
                     "");
  return content;
}

std::optional<std::optional<std::string>> read_quoted(const Directive& d, Context& c,
                                                      const Piece& value) {
  const auto content = read_quotes(c, value);
  if (!content) return std::nullopt;
  return not_empty(d, c, *content);
}

std::optional<std::string> not_empty(const Directive& d, Context& c, const Piece& value) {
  if (!value.text.empty()) return std::string(value.text);
  c.refuse(value.span(), std::string(d.legacy), fmt::format("{} has no value", d.name),
           fmt::format("expected {}", d.expects));
  return std::nullopt;
}

bool set_check_count(const Directive& d, Context& c, const Piece& value) {
  auto number = read_number(d, c, value, false);
  if (!number) return true;
  target(c, &Settings::check_count) = std::move(*number);
  c.report.old_warning(
      meant(c, value).span(),
      {c.line.number(),
       "checkcount option is deprecated and slated for removal.  please see 'failurecount'"},
      "checkcount counts the packets of a ping check only",
      "failurecount is the number of failures after which a real server is down");
  return true;
}

// Valid until 2006, refused since 2007 (decision L40).
bool set_connect_timeout(const Directive& d, Context& c, const Piece& value) {
  auto number = read_number(d, c, value, true);
  if (!number) return true;
  target(c, &Settings::connect_timeout) = std::move(*number);
  c.report.warning(c.line.span(),
                   "connecttimeout limits the connect phase of negotiate checks; ldirectord since "
                   "2007 refuses this line",
                   "negotiatetimeout limits the whole check");
  return true;
}

bool set_minimum(const Directive& d, Context& c, const Piece& value) {
  const Piece whole = meant(c, value);
  const Piece digits = whole.part(0, run_length(whole.text, is_digit));
  const Piece action = whole.part_of(skip_space(whole.text.substr(digits.text.size())));
  const Number reals = number(digits.text);
  const auto found = find_word(kMinimumActions, action.text);
  if (reals.value > 0 && found) {
    target(c, &Settings::minimum) = Minimum{reals.value, *found};
  } else if (whole.text.empty()) {
    c.refuse(whole.span(), "", "minimum has no value", fmt::format("expected {}", d.expects));
  } else if (reals.value == 0) {
    c.refuse(whole.span(), "",
             fmt::format("minimum has no number of real servers in {}", shown(whole.text)),
             fmt::format("expected {}", d.expects));
  } else {
    c.refuse(action.span(), "",
             action.text.empty()
                 ? fmt::format("minimum does not say what happens below {}", reals.text)
                 : fmt::format("minimum can not be followed by {}", shown(action.text)),
             expected_word(d.expects, action.text, kMinimumActions));
  }
  return true;
}

}  // namespace um::parsers::ldirectord_cf
