// The directives of a virtual service.
#include <algorithm>
#include <array>
#include <cctype>

#include <arpa/inet.h>

#include "parsers/common_pattern.hpp"
#include "parsers/ldirectord_cf_setters.hpp"

namespace um::parsers::ldirectord_cf {
namespace {

bool is_flag(char c) {
  return is_word(c) || c == ',' || c == '-';
}

/// `real` in an IPv6 section and `real6` in an IPv4 one, likewise fallback.
bool wrong_family(Context& c, std::string_view name, std::string_view right) {
  const bool six = c.section->service.server.family == Family::kInet6;
  if (name.ends_with('6') == six) return false;
  c.refuse(c.line.span(),
           fmt::format("cannot specify \"{}\" here.  please use \"{}\" instead", name, right),
           fmt::format("{} in a virtual service with {} addresses", name, six ? "IPv6" : "IPv4"),
           fmt::format("write {}=", right));
  return true;
}

// The line itself is read when the section ends, and so are its errors (spec 6, "Resolution").
bool set_real(const Directive& d, Context& c, const Piece&) {
  if (wrong_family(c, d.name, d.name == "real" ? "real6" : "real")) return true;
  c.section->real_lines.push_back(c.line.number());
  return true;
}

bool set_fallback(const Directive& d, Context& c, const Piece& value) {
  if (wrong_family(c, d.name, d.name == "fallback" ? "fallback6" : "fallback")) return true;
  if (auto fallback = parse_fallback(value, false, c.report))
    c.section->fallback = std::move(*fallback);
  return true;
}

bool set_request(const Directive& d, Context& c, const Piece& value) {
  auto text = read_quoted(d, c, value);
  if (text && *text) c.section->service.request = with_leading_slash(**text);
  return text.has_value();
}

bool set_receive(const Directive& d, Context& c, const Piece& value) {
  auto text = read_quoted(d, c, value);
  if (!text || !*text) return text.has_value();
  if (const auto error = pattern_error(**text)) {
    c.refuse(value.part(1 + error->at, 1).span(), std::string(d.legacy),
             fmt::format("receive is no regular expression: {}", error->why),
             "put a backslash before a special character that stands for itself");
    return true;
  }
  c.section->service.receive = std::move(**text);
  return true;
}

bool set_check_type(const Directive& d, Context& c, const Piece& value) {
  VirtualService& v = c.section->service;
  const Piece digits = first_run(value, is_digit);
  if (!digits.text.empty()) {
    if (digits.text != meant(c, value).text)
      c.report.warning(
          meant(c, value).span(),
          fmt::format("checktype {} is read as {}", shown(meant(c, value).text), digits.text),
          "a number means: so many connect checks between two negotiate checks");
    v.check_type = CheckType::kCombined;
    v.combined_connects = number(digits.text);
    return true;
  }
  const Piece word = first_run(value, is_port);
  const auto found = find_word(kCheckTypes, word.text);
  if (!found || *found == CheckType::kCombined) {
    c.refuse(meant(c, value).span(), std::string(d.legacy),
             word.text.empty() ? "checktype has no value"
                               : fmt::format("checktype can not be {}", shown(word.text)),
             expected_word(d.expects, word.text, kCheckTypes));
    return true;
  }
  v.check_type = *found;
  return true;
}

// Only a written `service` brings a login of its own, and only where none stands above it.
bool set_service(const Directive& d, Context& c, const Piece& value) {
  const Piece word = first_run(value, is_word);
  const auto found = find_word(kServices, word.text);
  if (!found) {
    c.refuse(meant(c, value).span(), std::string(d.legacy),
             word.text.empty() ? "service has no value"
                               : fmt::format("there is no check for service {}", shown(word.text)),
             expected_word(d.expects, word.text, kServices));
    return true;
  }
  VirtualService& v = c.section->service;
  v.service = *found;
  v.service_given = true;
  const std::string mailbox = "ldirectord@" + c.around.host_name;
  if (*found == Service::kFtp && v.login.empty()) v.login = "anonymous";
  if (*found == Service::kFtp && v.passwd.empty()) v.passwd = mailbox;
  if (*found == Service::kSip && v.login.empty()) v.login = mailbox;
  return true;
}

bool set_protocol(const Directive& d, Context& c, const Piece& value) {
  VirtualService& v = c.section->service;
  const Piece word = first_run(value, is_word);
  const auto found = find_word(kProtocols, word.text);
  const bool mark = v.protocol == Protocol::kFwm;
  if (found && (*found == Protocol::kFwm) == mark) {
    v.protocol = *found;
    return true;
  }
  const std::string legacy =
      word.text.empty() ? std::string(d.legacy)
      : mark            ? "protocol must be fwm if the virtual service is a fwmark (a number)"
             : "protocol must be tcp or udp if the virtual service is an address and port";
  c.refuse(meant(c, value).span(), legacy,
           word.text.empty()
               ? "protocol has no value"
               : fmt::format("protocol of {} can not be {}",
                             mark ? "a firewall mark" : "an address and port", shown(word.text)),
           mark ? "expected fwm" : expected_word("tcp or udp", word.text, kProtocols));
  return true;
}

bool set_http_method(const Directive& d, Context& c, const Piece& value) {
  const Piece word = first_run(value, is_word);
  std::string upper(word.text);
  for (char& ch : upper) ch = static_cast<char>(std::toupper(static_cast<unsigned char>(ch)));
  if (const auto found = find_word(kHttpMethods, upper)) {
    c.section->service.http_method = *found;
    return true;
  }
  c.refuse(meant(c, value).span(), std::string(d.legacy),
           word.text.empty() ? "httpmethod has no value"
                             : fmt::format("httpmethod can not be {}", shown(word.text)),
           expected_word(d.expects, upper, kHttpMethods));
  return true;
}

bool set_virtual_host(const Directive&, Context& c, const Piece& value) {
  const std::size_t from = value.text.starts_with('"') ? 1 : 0;
  const std::size_t to = std::min(value.text.find('"', from), value.text.size());
  c.section->service.virtual_host = std::string(value.text.substr(from, to - from));
  const std::string_view rest = skip_space(value.text.substr(std::min(to + 1, value.text.size())));
  if (!rest.empty())
    c.report.warning(value.part_of(rest).span(), "what stands behind the quote is ignored", "");
  return true;
}

bool set_check_port(const Directive& d, Context& c, const Piece& value) {
  auto number = read_number(d, c, value, true);
  if (!number) return true;
  if (number->value < 1 || number->value > 65535) {
    c.refuse(meant(c, value).span(), "checkport must be in range 1..65536",
             fmt::format("checkport {} is no port", number->text), "expected 1 to 65535");
    return true;
  }
  c.section->service.check_port = std::move(*number);
  return true;
}

bool set_load(const Directive& d, Context& c, const Piece& value) {
  const auto content = read_quotes(c, value);
  if (!content) return false;
  const Piece word = first_run(*content, is_word);
  if (auto text = not_empty(d, c, word)) c.section->service.load = std::move(*text);
  return true;
}

bool set_scheduler(const Directive& d, Context& c, const Piece& value) {
  constexpr std::array<std::string_view, 14> kSchedulers{"rr",    "wrr", "lc", "wlc", "lblc",
                                                         "lblcr", "dh",  "sh", "sed", "nq",
                                                         "fo",    "ovf", "mh", "twos"};
  const Piece word = first_run(value, [](char ch) { return ch >= 'a' && ch <= 'z'; });
  auto text = not_empty(d, c, word);
  if (!text) return true;
  if (std::find(kSchedulers.begin(), kSchedulers.end(), *text) == kSchedulers.end())
    c.report.warning(word.span(), fmt::format("no kernel has a scheduler {}", shown(*text)),
                     expected("rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf or mh",
                              *text, kSchedulers));
  c.section->service.scheduler = std::move(*text);
  return true;
}

bool set_sched_flags(const Directive& d, Context& c, const Piece& value) {
  const Piece word = first_run(value, [](char ch) { return !is_space(ch); });
  const std::size_t good = run_length(word.text, is_flag);
  // They reached a shell once; nothing else than flags was ever of use there (decision L10).
  if (good < word.text.size()) {
    c.refuse(word.part(good, 1).span(), std::string(d.legacy),
             fmt::format("schedflags can not contain {}", shown(word.text.substr(good, 1))),
             fmt::format("expected {}", d.expects));
    return true;
  }
  if (auto text = not_empty(d, c, word)) c.section->service.sched_flags = std::move(*text);
  return true;
}

bool is_prefix_length(std::string_view text) {
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
  const std::uint32_t value = number(text).value;
  return digits && value >= 1 && value <= 128;
}

// Blanks behind it, a carriage return too, were fine until 2006 (decision L40).
bool set_netmask(const Directive&, Context& c, const Piece& value) {
  const bool six = c.section->service.server.family == Family::kInet6;
  const Piece mask = value.part(0, trim_right(value.text).size());
  if (!(six ? is_prefix_length(mask.text) : is_dotted_quad(mask.text))) {
    c.refuse(mask.span(),
             six ? "invalid netmask: a prefix length between 1 and 128 is required"
                 : "invalid netmask: dotted quad notation is required",
             mask.text.empty() ? "netmask has no value"
                               : fmt::format("netmask can not be {}", shown(mask.text)),
             six ? "expected a prefix length from 1 to 128"
                 : "expected four numbers, as in 255.255.255.0");
    return true;
  }
  if (mask.text.size() < value.text.size()) {
    c.report.warning(value.part(mask.text.size()).span(), "white space behind the netmask",
                     "remove it: ldirectord 4.12 refuses such a line");
    c.report.refused_by_old(c.line.span(), "4.12 refuses white space behind a netmask");
  }
  in_addr ignored{};
  if (!six && inet_pton(AF_INET, std::string(mask.text).c_str(), &ignored) != 1)
    c.report.warning(mask.span(), fmt::format("{} is no netmask", shown(mask.text)),
                     "expected four numbers from 0 to 255");
  c.section->service.netmask = std::string(mask.text);
  return true;
}

bool set_monitor_file(const Directive&, Context& c, const Piece& value) {
  const Piece path = maybe_quoted(value);
  std::string text(path.text);
  const std::string why = c.around.files.append_error(text);
  if (!why.empty()) {
    c.refuse(path.span(), fmt::format("unable to open monitorfile {}: {}", text, why),
             fmt::format("the monitorfile can not be opened: {}", why),
             "expected a file that can be written");
    return true;
  }
  c.section->service.monitor_file = std::move(text);
  return true;
}

constexpr std::string_view kSeconds = "seconds, a whole number above 0";
constexpr std::string_view kCount = "a whole number above 0";
constexpr std::string_view kQuoted = "a text in double quotes";

constexpr std::array kTable{
    Directive{"checkcommand", set_maybe_quoted<&VirtualService::check_command>,
              "invalid check command", "a command"},
    Directive{"checkcount", set_check_count, "invalid check count", kCount},
    Directive{"checkinterval", set_number<&Settings::check_interval>, "invalid checkinterval",
              kSeconds},
    Directive{"checkport", set_check_port, "invalid port", "a port from 1 to 65535"},
    Directive{"checktimeout", set_number<&Settings::check_timeout>, "invalid check timeout",
              kSeconds},
    Directive{
        "checktype", set_check_type,
        "checktype must be \"connect\", \"negotiate\", \"on\", \"off\", \"ping\", \"external\", "
        "\"external-perl\" or a positive number",
        "connect, negotiate, ping, on, off, external, external-perl or a number"},
    Directive{"cleanstop", set_yes_no<&Settings::clean_stop>, "", "yes or no"},
    Directive{"comment", set_any<&VirtualService::comment>, "", ""},
    Directive{"connecttimeout", set_connect_timeout,
              "connecttimeout directive deprecated in favour of negotiatetimeout",
              "seconds, a whole number; 0 for no limit", true},
    Directive{"database", set_quoted<&VirtualService::database>, "invalid database", kQuoted},
    Directive{"drift", set_word<&Settings::drift, kDrifts>, "", "keep or repair", true},
    Directive{"emailalert", set_email_alert, "no email address specified", "a mail address"},
    Directive{"emailalertfreq", set_email_alert_freq, "invalid email alert frequency",
              "seconds, a whole number; 0 for no reminders"},
    Directive{"emailalertstatus", set_email_alert_status, "",
              "all, none, or some of starting, running, stopping and reloading"},
    Directive{"failed", set_word<&Settings::failed, kFaileds>, "", "quiesce or remove", true},
    Directive{"failurecount", set_number<&Settings::failure_count>, "invalid failure count",
              kCount},
    Directive{"fallback", set_fallback, "", ""},
    Directive{"fallback6", set_fallback, "", ""},
    Directive{"fallbackcommand", set_maybe_quoted<&Settings::fallback_command>,
              "invalid fallback command", "a command"},
    Directive{"httpmethod", set_http_method, "httpmethod must be GET or HEAD", "GET or HEAD"},
    Directive{"load", set_load, "invalid string for load testing", "a word in double quotes"},
    Directive{"login", set_quoted<&VirtualService::login>, "invalid login string", kQuoted},
    Directive{"minimum", set_minimum, "", "N keep or N fallback", true},
    Directive{"monitorfile", set_monitor_file, "", "a file"},
    Directive{"negotiatetimeout", set_number<&Settings::negotiate_timeout>,
              "invalid negotiate timeout", kSeconds},
    Directive{"netmask", set_netmask, "", ""},
    Directive{"ops", set_yes_no<&VirtualService::ops>, "", "yes or no"},
    Directive{"passwd", set_quoted<&VirtualService::passwd>, "invalid password", kQuoted},
    Directive{"persistent", set_number<&VirtualService::persistent, true>,
              "invalid persistent timeout", "seconds, a whole number"},
    Directive{"protocol", set_protocol, "invalid protocol", "tcp, udp or fwm"},
    Directive{"quiescent", set_yes_no<&Settings::quiescent>, "", "yes or no"},
    Directive{"real", set_real, "", ""},
    Directive{"real6", set_real, "", ""},
    Directive{"receive", set_receive, "invalid receive string", kQuoted},
    Directive{"request", set_request, "no request string specified", kQuoted},
    Directive{"risecount", set_number<&Settings::rise_count>, "", kCount, true},
    Directive{"schedflags", set_sched_flags, "invalid sched-flags",
              "flags such as sh-port or flag-1,flag-2"},
    Directive{"scheduler", set_scheduler,
              "invalid scheduler, should be only lowercase letters (a-z)",
              "the name of a scheduler, such as wrr"},
    Directive{"secret", set_quoted<&VirtualService::secret>, "invalid secret", kQuoted},
    Directive{"service", set_service,
              "service must be dns, ftp, http, https, http_proxy, imap, imaps, ldap, ldaps, mysql, "
              "nntp, none, oracle, pop, pops, radius, pgsql, simpletcp, sip, smtp or submission",
              "dns, ftp, http, https, http_proxy, imap, imaps, ldap, ldaps, mysql, nntp, none, "
              "oracle, pgsql, pop, pops, radius, simpletcp, sip, smtp or submission"},
    Directive{"servicename", set_any<&VirtualService::service_name>, "", ""},
    Directive{"smtp", set_smtp, "invalid SMTP server address", "the name of a mail server"},
    Directive{"tlscafile", set_maybe_quoted<&Settings::tls_ca_file>, "",
              "a file with CA certificates", true},
    Directive{"tlsverify", set_word<&Settings::tls_verify, kTlsVerifies>, "",
              "none, warn, chain or full", true},
    Directive{"virtualhost", set_virtual_host, "", ""},
};

static_assert(std::is_sorted(kTable.begin(), kTable.end(),
                             [](auto& a, auto& b) { return a.name < b.name; }));

}  // namespace

std::span<const Directive> section_directives() {
  return kTable;
}

}  // namespace um::parsers::ldirectord_cf
