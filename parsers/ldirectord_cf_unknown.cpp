// What an unknown line was probably meant to be.
#include <array>
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

std::string hint(const Context& c, std::string_view text, std::size_t section_ended_by) {
  for (const auto& [bytes, what] : kCulprits)
    if (text.find(bytes) != std::string_view::npos) return std::string(what);
  const std::string_view name = first_word(text);
  const std::string_view behind = skip_space(text.substr(name.size()));
  const bool indented = !c.section && is_space(c.line.raw().front());
  if (text.starts_with("//")) return "a comment begins with #";
  if (text.starts_with('[')) return "ldirectord.cf has no sections in brackets";
  if (indented && section_ended_by > 0 && known(section_directives(), name))
    return fmt::format("the blank line {} ended the virtual service; remove it", section_ended_by);
  if (indented && (known(global_directives(), name) || opens(name)))
    return "this line must begin in the first column";
  if (!c.section && !indented && known(section_directives(), name) &&
      !known(global_directives(), name))
    return "it belongs to a virtual service: indent it by four blanks or a tab, below its virtual= "
           "line";
  if (c.section && opens(name)) return "a virtual service begins in the first column";
  if (c.section && known(global_directives(), name) && !known(section_directives(), name))
    return "it is global: write it in the first column, before the virtual services";
  const bool is_name = known(c.section ? section_directives() : global_directives(), name) ||
                       (!c.section && opens(name));
  if (is_name && !behind.starts_with('=')) return fmt::format("expected {}=VALUE", name);
  if (is_name) return fmt::format("expected {}=\"...\": the value needs two double quotes", name);
  return nearest_name(c, name);
}

}  // namespace

void report_unknown(Context& c, std::size_t section_ended_by) {
  const Piece whole = c.line.piece();
  const std::string_view text = trim_right(skip_space(whole.text));
  std::string message = fmt::format("{} is no {} directive", shown(first_word(text)),
                                    c.section ? "virtual service" : "global");
  if (text.empty()) message = "a line of blanks only, inside a virtual service";
  std::string advice = text.empty() ? "empty it to end the virtual service, or remove it"
                                    : hint(c, text, section_ended_by);
  const bool named =
      known(c.section ? section_directives() : global_directives(), first_word(text));
  if (named) message = fmt::format("{} is incomplete", shown(text));
  const Piece place = text.empty() ? whole : whole.part_of(named ? text : first_word(text));
  c.refuse(place.text.empty() ? c.line.span() : place.span(), unknown_text(c), std::move(message),
           std::move(advice));
}

}  // namespace um::parsers::ldirectord_cf
