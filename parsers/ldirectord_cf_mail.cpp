// The directives about mail: emailalert, emailalertfreq, emailalertstatus, smtp.
#include "parsers/ldirectord_cf_setters.hpp"

namespace um::parsers::ldirectord_cf {
namespace {

/// Items between commas and the blanks around them; empty ones at the end are dropped.
std::vector<Piece> items(const Piece& value) {
  std::vector<Piece> out;
  std::size_t from = 0;
  for (;;) {
    const std::size_t comma = std::min(value.text.find(',', from), value.text.size());
    const bool last = comma == value.text.size();
    const std::string_view item = value.text.substr(from, comma - from);
    const std::string_view clean = from == 0 ? item : skip_space(item);
    out.push_back(value.part_of(last ? clean : trim_right(clean)));
    if (last) break;
    from = comma + 1;
  }
  while (!out.empty() && out.back().text.empty()) out.pop_back();
  return out;
}

bool is_mail_host(char c) {
  return is_word(c) || c == '.' || c == '+' || c == '-';
}

}  // namespace

bool set_email_alert(const Directive& d, Context& c, const Piece& value) {
  Piece address = value;
  if (const auto inside = quoted(value); inside && inside->text.size() + 2 == value.text.size() &&
                                         inside->text.find('"') == std::string_view::npos)
    address = *inside;
  if (auto text = not_empty(d, c, address)) target(c, &Settings::email_alert) = std::move(*text);
  return true;
}

bool set_email_alert_freq(const Directive& d, Context& c, const Piece& value) {
  if (!value.text.empty() && is_digit(value.text.front())) {
    if (auto number = read_number(d, c, value, true))
      target(c, &Settings::email_alert_freq) = std::move(*number);
    return true;
  }
  const Piece whole = meant(c, value);
  c.refuse(whole.span(), std::string(d.legacy),
           whole.text.empty()
               ? fmt::format("{} has no value", d.name)
               : fmt::format("{} does not begin with a number: {}", d.name, shown(whole.text)),
           fmt::format("expected {}", d.expects));
  return true;
}

bool set_email_alert_status(const Directive& d, Context& c, const Piece& value) {
  constexpr std::uint8_t kAll = 15;
  Phases phases;
  bool none = false;
  std::optional<Piece> other;
  for (const Piece& item : items(value)) {
    const auto phase = find_word(kPhases, item.text);
    if (item.text == "none") {
      none = true;
      continue;
    }
    if (item.text != "all" && !phase) {
      c.refuse(item.span(), fmt::format("invalid email alert status at: \"{}\"", item.text),
               fmt::format("{} is no phase of the daemon", shown(item.text)),
               expected_word(d.expects, trim_right(item.text), kPhases));
      return true;
    }
    phases.bits |= phase ? static_cast<std::uint8_t>(*phase) : kAll;
    if (!other) other = item;
  }
  if (none && other) {
    c.refuse(other->span(),
             fmt::format("invalid email alert status: \"{}\" specified with \"none\"", other->text),
             fmt::format("{} contradicts \"none\"", shown(other->text)), "write one of both");
    return true;
  }
  target(c, &Settings::email_alert_status) = phases;
  return true;
}

bool set_smtp(const Directive& d, Context& c, const Piece& value) {
  const Piece host = value.part(0, run_length(value.text, is_mail_host));
  const Piece whole = meant(c, value);
  if (host.text.empty()) {
    c.refuse(whole.span(), std::string(d.legacy),
             whole.text.empty() ? fmt::format("{} has no value", d.name)
                                : fmt::format("{} is no mail server", shown(whole.text)),
             fmt::format("expected {}", d.expects));
    return true;
  }
  if (host.text.size() < whole.text.size()) {
    const Piece rest = whole.part(host.text.size());
    c.report.warning(rest.span(), fmt::format("{} is ignored", shown(rest.text)),
                     "the mail server is reached at port 25");
  }
  target(c, &Settings::smtp) = std::string(host.text);
  return true;
}

}  // namespace um::parsers::ldirectord_cf
