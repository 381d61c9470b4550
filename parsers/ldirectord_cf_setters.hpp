// ldirectord_cf_setters.hpp - one setter per value form, for the tables of directives.
//
// set_number<&Settings::check_timeout>, set_yes_no<&Globals::fork>, ...: the member names the
// object, so a setting that may stand globally and in a section needs one setter only.
#pragma once
#include <concepts>
#include <string>

#include <fmt/format.h>

#include "parsers/ldirectord_cf_directives.hpp"
#include "parsers/ldirectord_cf_words.hpp"

namespace um::parsers::ldirectord_cf {

inline Settings& object(Context& c, Settings*) {
  return c.section ? c.section->service.settings : c.config.globals.settings;
}
inline Globals& object(Context& c, Globals*) {
  return c.config.globals;
}
inline VirtualService& object(Context& c, VirtualService*) {
  return c.section->service;
}

template <class Class, class Member>
Member& target(Context& c, Member Class::*member) {
  return object(c, static_cast<Class*>(nullptr)).*member;
}

/// A value without the blanks behind it and, in the global state, the comment: what was meant.
Piece meant(const Context& c, const Piece& value);

std::optional<Number> read_number(const Directive& d, Context& c, const Piece& value, bool zero);
std::optional<bool> read_yes_no(const Directive& d, Context& c, const Piece& value);
/// Form Q, with a warning about text behind it.
std::optional<Piece> read_quotes(Context& c, const Piece& value);
/// Form Q, not empty. The outer level: nothing = no quotes, the inner: nothing = refused.
std::optional<std::optional<std::string>> read_quoted(const Directive& d, Context& c,
                                                      const Piece& value);
std::optional<std::string> not_empty(const Directive& d, Context& c, const Piece& value);

/// Form NUM (0 is refused) or NUM0.
template <auto member, bool zero = false>
bool set_number(const Directive& d, Context& c, const Piece& value) {
  if (auto number = read_number(d, c, value, zero)) target(c, member) = std::move(*number);
  return true;
}

/// Form YN.
template <auto member>
bool set_yes_no(const Directive& d, Context& c, const Piece& value) {
  if (auto yes = read_yes_no(d, c, value)) target(c, member) = *yes;
  return true;
}

/// Form Q.
template <auto member>
bool set_quoted(const Directive& d, Context& c, const Piece& value) {
  auto text = read_quoted(d, c, value);
  if (text && *text) target(c, member) = std::move(**text);
  return text.has_value();
}

/// Form Q?.
template <auto member>
bool set_maybe_quoted(const Directive& d, Context& c, const Piece& value) {
  if (auto text = not_empty(d, c, maybe_quoted(value))) target(c, member) = std::move(*text);
  return true;
}

/// Form REST, not empty.
template <auto member>
bool set_rest(const Directive& d, Context& c, const Piece& value) {
  if (auto text = not_empty(d, c, value)) target(c, member) = std::move(*text);
  return true;
}

/// Form REST, or empty.
template <auto member>
bool set_any(const Directive&, Context& c, const Piece& value) {
  target(c, member) = std::string(value.text);
  return true;
}

/// Form WORD: the first run of word characters, out of a list.
template <auto member, const auto& words>
bool set_word(const Directive& d, Context& c, const Piece& value) {
  const Piece word = first_run(value, is_word);
  if (const auto found = find_word(words, word.text)) {
    target(c, member) = *found;
    return true;
  }
  c.refuse(meant(c, value).span(), std::string(d.legacy),
           word.text.empty() ? fmt::format("{} has no value", d.name)
                             : fmt::format("{} can not be {}", d.name, shown(word.text)),
           expected_word(d.expects, word.text, words));
  return true;
}

/// Shared between both tables (ldirectord_cf_mail.cpp).
bool set_email_alert(const Directive& d, Context& c, const Piece& value);
bool set_email_alert_freq(const Directive& d, Context& c, const Piece& value);
bool set_email_alert_status(const Directive& d, Context& c, const Piece& value);
bool set_smtp(const Directive& d, Context& c, const Piece& value);

/// Shared between both tables (ldirectord_cf_setters.cpp).
bool set_check_count(const Directive& d, Context& c, const Piece& value);
bool set_connect_timeout(const Directive& d, Context& c, const Piece& value);
bool set_minimum(const Directive& d, Context& c, const Piece& value);

}  // namespace um::parsers::ldirectord_cf
