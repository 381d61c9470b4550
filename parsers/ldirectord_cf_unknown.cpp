// What an unknown line was probably meant to be.
#include <array>
#include <optional>
#include <vector>

#include "parsers/ldirectord_cf_setters.hpp"

namespace um::parsers::ldirectord_cf {
namespace {

struct Culprit {
  std::string_view bytes, hint;
};
constexpr std::array<Culprit, 8> kCulprits{{
    {"\xef\xbb\xbf", "the file begins with a byte order mark; save it without one"},
    {"\xe3\x80\x80", "there is a full-width blank in this line; write a plain one"},
    {"\xc2\xa0", "there is a no-break space in this line; write a plain blank"},
    {"\xe2\x80\x9c", "there are typographic quotes in this line; write \""},
    {"\xe2\x80\x9d", "there are typographic quotes in this line; write \""},
    {"\xe2\x80\x98", "there are typographic quotes in this line; write \""},
    {"\xe2\x80\x99", "there are typographic quotes in this line; write \""},
    {"\xef\xbc\x9d", "there is a full-width = in this line; write a plain one"},
}};

constexpr std::array<std::string_view, 2> kOpeners{"virtual", "virtual6"};

std::string_view first_word(std::string_view text) {
  return text.substr(0, run_length(text, [](char c) { return !is_space(c) && c != '='; }));
}

bool known(std::span<const Directive> table, std::string_view name) {
  return find_directive(table, name) != nullptr;
}

bool opens(std::string_view name) {
  return name == kOpeners[0] || name == kOpeners[1];
}

std::string nearest_name(const Context& c, std::string_view name) {
  std::vector<std::string_view> names(kOpeners.begin(), kOpeners.end());
  if (c.section) names.clear();
  for (const Directive& d : c.section ? section_directives() : global_directives())
    names.push_back(d.name);
  if (!c.section) names.push_back("supervised");
  const std::string_view near = nearest(name, names);
  return near.empty() ? std::string() : fmt::format("did you mean \"{}\"?", near);
}

struct Advice {
  std::string message, hint;
};

/// The line names a directive of this place, and is none all the same.
std::optional<Advice> incomplete(const Context& c, std::string_view text) {
  const std::string_view name = first_word(text);
  const bool here = known(c.section ? section_directives() : global_directives(), name);
  if (!here && (c.section || !opens(name))) return std::nullopt;
  if (!c.section && is_space(c.line.raw().front()))
    return Advice{fmt::format("{} is indented", name), "this line must begin in the first column"};
  if (!skip_space(text.substr(name.size())).starts_with('='))
    return Advice{fmt::format("{} has no =", name), fmt::format("expected {}=VALUE", name)};
  return Advice{fmt::format("{} needs its value in double quotes", name),
                fmt::format("expected {}=\"...\"", name)};
}

/// Where a directive that does not belong here does belong; empty when it belongs nowhere.
std::string misplaced(const Context& c, std::string_view name, std::size_t section_ended_by) {
  if (c.section && opens(name)) return "a virtual service begins in the first column";
  if (c.section)
    return known(global_directives(), name)
               ? "it is global: write it in the first column, before the virtual services"
               : "";
  if (!known(section_directives(), name)) return "";
  if (!is_space(c.line.raw().front()))
    return "it belongs to a virtual service: indent it by four blanks or a tab, below its virtual= "
           "line";
  if (section_ended_by > 0)
    return fmt::format("the blank line {} ended the virtual service; remove it", section_ended_by);
  return "the lines of a virtual service are indented by four blanks or a tab, without a blank "
         "line "
         "between them";
}

std::string hint(const Context& c, std::string_view text, std::size_t section_ended_by) {
  if (text.starts_with("//")) return "a comment begins with #";
  if (text.starts_with('[')) return "ldirectord.cf has no sections in brackets";
  std::string where = misplaced(c, first_word(text), section_ended_by);
  return where.empty() ? nearest_name(c, first_word(text)) : where;
}

/// Bytes that look like others.
std::string_view culprit(std::string_view text) {
  for (const auto& [bytes, what] : kCulprits)
    if (text.find(bytes) != std::string_view::npos) return what;
  return {};
}

}  // namespace

void report_unknown(Context& c, std::size_t section_ended_by) {
  const Piece whole = c.line.piece();
  const std::string_view text = trim_right(skip_space(whole.text));
  if (text.empty())
    return c.refuse(whole.span(), unknown_text(c),
                    "a line of blanks only, inside a virtual service",
                    "empty it to end the virtual service, or remove it");
  // Messages show names only: a line may hold a password.
  auto advice = incomplete(c, text);
  const bool whole_line = advice.has_value();
  if (!advice)
    advice = {fmt::format("{} is no {} directive", shown(first_word(text)),
                          c.section ? "virtual service" : "global"),
              hint(c, text, section_ended_by)};
  if (const std::string_view bytes = culprit(text); !bytes.empty()) advice->hint = bytes;
  const Piece place = whole.part_of(whole_line ? text : first_word(text));
  c.refuse(place.text.empty() ? c.line.span() : place.span(), unknown_text(c),
           std::move(advice->message), std::move(advice->hint));
}

}  // namespace um::parsers::ldirectord_cf
