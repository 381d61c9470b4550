// The directives of the global state.
#include <algorithm>
#include <array>

#include "parsers/ldirectord_cf_setters.hpp"

namespace um::parsers::ldirectord_cf {
namespace {

constexpr std::array<std::string_view, 20> kFacilities{
    "auth",   "authpriv", "cron",   "daemon", "ftp",    "kern",   "lpr",
    "mail",   "news",     "syslog", "user",   "uucp",   "local0", "local1",
    "local2", "local3",   "local4", "local5", "local6", "local7"};

bool set_callback(const Directive&, Context& c, const Piece& value) {
  const auto content = read_quotes(c, value);
  if (content) c.config.globals.callback = std::string(content->text);
  return content.has_value();
}

bool set_execute(const Directive&, Context& c, const Piece& value) {
  c.config.globals.execute.insert(std::string(value.text));
  return true;
}

// A path is opened at once; any other text is the name of a syslog facility, which was never
// checked.
bool set_logfile(const Directive&, Context& c, const Piece& value) {
  const auto content = read_quotes(c, value);
  if (!content) return false;
  Globals& globals = c.config.globals;
  globals.logfile = std::string(content->text);
  if (globals.logfile.starts_with('/')) {
    if (c.around.debug || globals.supervised) return true;
    const std::string why = c.around.files.append_error(globals.logfile);
    if (!why.empty())
      c.refuse(content->span(), "unable to open logfile: " + globals.logfile,
               fmt::format("the logfile can not be opened: {}", why),
               "expected a file that can be written, or a syslog facility such as \"local0\"");
    return true;
  }
  if (std::find(kFacilities.begin(), kFacilities.end(), globals.logfile) == kFacilities.end())
    c.report.warning(
        value.span(),
        fmt::format("{} is neither a path nor a syslog facility", shown(globals.logfile)),
        expected("a path that begins with /, or a facility", globals.logfile, kFacilities));
  return true;
}

bool set_maintenance_dir(const Directive& d, Context& c, const Piece& value) {
  auto directory = not_empty(d, c, value);
  if (!directory) return true;
  if (!c.around.files.is_directory(*directory))
    c.report.old_warning(value.span(), {c.line.number(), "maintenance directory does not exist"},
                         fmt::format("maintenance directory {} does not exist", shown(*directory)),
                         "quotes and blanks would be part of the name; mkdir makes one");
  c.config.globals.maintenance_dir = std::move(*directory);
  return true;
}

template <Family family>
bool set_global_fallback(const Directive&, Context& c, const Piece& value) {
  const auto syntax = parse_fallback(value, true, c.report);
  if (!syntax) return true;
  auto& into = family == Family::kInet ? c.config.globals.fallback : c.config.globals.fallback6;
  if (auto fallback = c.resolver.resolve_global(*syntax, family)) into = std::move(fallback);
  return true;
}

bool refuse_timeout(const Directive& d, Context& c, const Piece&) {
  c.refuse(c.line.span(), std::string(d.legacy), "timeout is split into two directives",
           "write checktimeout, negotiatetimeout, or both");
  return true;
}

constexpr std::string_view kSeconds = "seconds, a whole number above 0";
constexpr std::string_view kCount = "a whole number above 0";

constexpr std::array kTable{
    Directive{"autoreload", set_yes_no<&Globals::autoreload>, "", "yes or no"},
    Directive{"callback", set_callback, "", "a command in double quotes"},
    Directive{"checkcount", set_check_count, "invalid check count value", kCount},
    Directive{"checkinterval", set_number<&Settings::check_interval>,
              "invalid check interval value", kSeconds},
    Directive{"checktimeout", set_number<&Settings::check_timeout>, "invalid check timeout value",
              kSeconds},
    Directive{"cleanstop", set_yes_no<&Settings::clean_stop>, "", "yes or no"},
    Directive{"connecttimeout", set_connect_timeout,
              "connecttimeout directive deprecated in favour of negotiatetimeout",
              "seconds, a whole number; 0 for no limit", true},
    Directive{"drift", set_word<&Settings::drift, kDrifts>, "", "keep or repair", true},
    Directive{"emailalert", set_email_alert, "no email address specified", "a mail address"},
    Directive{"emailalertfreq", set_email_alert_freq, "invalid email alert frequency",
              "seconds, a whole number; 0 for no reminders"},
    Directive{"emailalertfrom", set_rest<&Globals::email_alert_from>,
              "no email from address specified", "a mail address"},
    Directive{"emailalertstatus", set_email_alert_status, "",
              "all, none, or some of starting, running, stopping and reloading"},
    Directive{"execute", set_execute, "", "the name of a configuration file"},
    Directive{"expire_quiescent", set_yes_no<&Globals::expire_quiescent>, "", "yes or no", true},
    Directive{"failed", set_word<&Settings::failed, kFaileds>, "", "quiesce or remove", true},
    Directive{"failurecount", set_number<&Settings::failure_count>, "invalid failure count value",
              kCount},
    Directive{"fallback", set_global_fallback<Family::kInet>, "", ""},
    Directive{"fallback6", set_global_fallback<Family::kInet6>, "", ""},
    Directive{"fallbackcommand", set_rest<&Settings::fallback_command>, "invalid fallback command",
              "a command"},
    Directive{"fork", set_yes_no<&Globals::fork>, "", "yes or no"},
    Directive{"logfile", set_logfile, "", "a path or a syslog facility in double quotes"},
    Directive{"maintenancedir", set_maintenance_dir, "maintenance directory not specified",
              "a directory"},
    Directive{"minimum", set_minimum, "", "N keep or N fallback", true},
    Directive{"negotiatetimeout", set_number<&Settings::negotiate_timeout>,
              "invalid negotiate timeout value", kSeconds},
    Directive{"quiescent", set_yes_no<&Settings::quiescent>, "", "yes or no"},
    Directive{"readdquiescent", set_yes_no<&Globals::readd_quiescent>, "", "yes or no"},
    Directive{"risecount", set_number<&Settings::rise_count>, "", kCount, true},
    Directive{"smtp", set_smtp, "invalid SMTP server address", "the name of a mail server"},
    Directive{"timeout", refuse_timeout,
              "timeout directive deprecated in favour of checktimeout and negotiatetimeout", ""},
    Directive{"tlscafile", set_maybe_quoted<&Settings::tls_ca_file>, "",
              "a file with CA certificates", true},
    Directive{"tlsverify", set_word<&Settings::tls_verify, kTlsVerifies>, "",
              "none, warn, chain or full", true},
};

static_assert(std::is_sorted(kTable.begin(), kTable.end(),
                             [](auto& a, auto& b) { return a.name < b.name; }));

}  // namespace

std::span<const Directive> global_directives() {
  return kTable;
}

// The line only has to begin with the word; nothing behind it means yes.
void set_supervised(Context& c) {
  constexpr std::string_view kName = "supervised";
  Globals& globals = c.config.globals;
  const Piece rest = c.line.piece().part(kName.size());
  if (all_space(rest.text)) {
    globals.supervised = true;
    c.report.old_warning(
        c.line.span(),
        {c.line.number(), "please update your config not to use a bare supervised directive"},
        "supervised without a value means yes", "write \"supervised=yes\"");
    return;
  }
  const auto parts = assignment(c.line.piece());
  if (parts && parts->name == kName) {
    if (const auto yes = find_word(kYesNo, parts->value.text)) {
      globals.supervised = *yes;
      return;
    }
  }
  const Piece value = parts && parts->name == kName ? parts->value : rest;
  c.refuse(
      value.span(), "supervised must be 'yes' or 'no'",
      fmt::format("supervised must be yes or no, not {}", shown(value.text)),
      expected_word("\"supervised=yes\" or \"supervised=no\"", trim_right(value.text), kYesNo));
}

}  // namespace um::parsers::ldirectord_cf
