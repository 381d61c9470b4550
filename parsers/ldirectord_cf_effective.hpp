// ldirectord_cf_effective.hpp - what is in force for one virtual service and its real servers.
//
// Pure functions over a parsed configuration: a virtual's own setting, else the global one, else
// the default (spec ldirectord-config 5.1 and 8), and the texts the old program derives from them.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "parsers/ldirectord_cf.hpp"

namespace um::parsers {

struct Effective {
  std::chrono::seconds check_timeout{5};
  std::chrono::seconds negotiate_timeout{30};
  std::chrono::seconds connect_timeout{0};  // 0 = no limit of its own
  std::chrono::seconds check_interval{10};
  std::uint32_t check_count = 1;
  std::uint32_t failure_count = 1;
  std::uint32_t rise_count = 1;
  bool quiescent = false;
  bool clean_stop = true;
  Failed failed = Failed::kQuiesce;
  std::optional<Minimum> minimum;
  Drift drift = Drift::kKeep;
  std::optional<TlsVerify> tls_verify;  // nothing: the default of the service (decision L12)
  std::string tls_ca_file;              // empty: the system's
  std::string fallback_command;         // empty: none
  std::string email_alert;              // empty: no mail
  std::chrono::seconds email_alert_freq{0};
  Phases email_alert_status;
  std::string smtp;                  // empty: the local mail command
  std::optional<Fallback> fallback;  // complete with its port; for a mark port 0 (decision L13)
};

/// The given numbers that are in force; nullptr: none is given, the default counts. Timeouts stand
/// in for each other.
const Number* check_timeout_given(const Globals& globals, const VirtualService& service);
const Number* negotiate_timeout_given(const Globals& globals, const VirtualService& service);

Effective effective(const Globals& globals, const VirtualService& service);

std::string virtual_name(const VirtualService& v);  // "10.0.0.1:80", "[2001:db8::1]:80", "5"
std::string virtual_id(const VirtualService& v);    // "tcp:10.0.0.1:80", "fwm:5", "fwm6:5"
/// "-t 10.0.0.1:80 -s wrr -p 600 ", as the old program gives it to ipvsadm, last blank included.
std::string ipvsadm_flags(const VirtualService& v);
std::string_view ipvsadm_flag(Forward forward);  // "-g", "-m", "-i"

/// The identity that decides which reals shared one check in the old program (spec 8, "Real id").
std::string real_id(const VirtualService& v, const RealServer& r);
/// checkport, else the real's port, else that of the service; empty when there is none.
std::string check_port_text(const VirtualService& v, const RealServer& r);
std::uint16_t check_port(const VirtualService& v, const RealServer& r);  // 0 when there is none
const std::string& check_request(const VirtualService& v, const RealServer& r);
const std::string& check_receive(const VirtualService& v, const RealServer& r);
/// What an http check fetches: "http://10.0.0.11:80/index.html" (spec 8, "Check URL").
std::string check_url(const VirtualService& v, const RealServer& r);

/// The well-known port of a service; 0 for none and simpletcp. And the reverse.
std::uint16_t port_of(Service service);
Service service_of_port(std::string_view port_text);

}  // namespace um::parsers
