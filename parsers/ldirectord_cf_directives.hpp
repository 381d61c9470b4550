// ldirectord_cf_directives.hpp - every directive of ldirectord.cf: its name, place, form and words.
//
// Two tables, one for the global state and one for sections; a directive that may stand in both has
// one setter for both. A setter gets the value, checks its form and stores it, or reports; forms
// are those of the spec (ldirectord-config 2).
#pragma once
#include <span>
#include <string_view>

#include "parsers/ldirectord_cf_resolve.hpp"

namespace um::parsers::ldirectord_cf {

struct Directive;

/// What a setter may read and change. `section` is nullptr in the global state.
struct Context {
  const Source& source;
  const Surroundings& around;
  Report& report;
  SectionResolver& resolver;
  LdirectordConfig& config;
  Section* section = nullptr;
  const Line& line;

  /// An error in the old program's words `legacy`; empty: it called the line unknown.
  void refuse(Span where, std::string legacy, std::string message, std::string hint);
};

struct Directive {
  std::string_view name;
  /// Returns false when the old pattern would not have matched: an unknown line (unquoted values).
  bool (*set)(const Directive&, Context&, const Piece& value);
  std::string_view legacy;   // what 4.12 said about a wrong value, where it is one text
  std::string_view expects;  // for the hint: "a number of seconds above 0"
  bool newer = false;        // ours alone: 4.12 refuses the line
};

/// Sorted by name.
std::span<const Directive> global_directives();
std::span<const Directive> section_directives();
/// nullptr when there is none.
const Directive* find_directive(std::span<const Directive> sorted, std::string_view name);

/// What 4.12 said about a line that it did not know; it showed the line with its line end.
std::string unknown_text(const Context& context);

/// `supervised` in all its spellings; the line begins with that word.
void set_supervised(Context& context);

/// Reports a line that is no directive here, with what was probably meant. `section_ended_by`: the
/// blank line that ended the section before, 0 when there was none.
void report_unknown(Context& context, std::size_t section_ended_by);

}  // namespace um::parsers::ldirectord_cf
