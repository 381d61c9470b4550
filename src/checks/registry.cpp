#include "checks/registry.hpp"

#include <algorithm>
#include <array>

#include "checks/connect.hpp"
#include "checks/dns.hpp"
#include "checks/external.hpp"
#include "checks/ftp.hpp"
#include "checks/http.hpp"
#include "checks/imap.hpp"
#include "checks/ldap.hpp"
#include "checks/mysql.hpp"
#include "checks/nntp.hpp"
#include "checks/oracle.hpp"
#include "checks/pgsql.hpp"
#include "checks/ping.hpp"
#include "checks/pop.hpp"
#include "checks/radius.hpp"
#include "checks/simpletcp.hpp"
#include "checks/sip.hpp"
#include "checks/smtp.hpp"

namespace um::checks {
namespace {

struct Entry {
  std::string_view name;
  Check check;
};

/// service=none, or negotiate on a port that no service is known for: nothing is asked, the server
/// counts as up.
boost::asio::awaitable<Outcome> check_nothing(const Probe&) {
  co_return Outcome{true, "not checked", {}};
}

boost::asio::awaitable<Outcome> check_off(const Probe&) {
  co_return Outcome{false, "checktype is off", {}};
}

constexpr std::array kCheckTypes{
    Entry{"connect", check_connect},   Entry{"ping", check_ping},
    Entry{"external", check_external}, Entry{"external-perl", check_external},
    Entry{"on", check_nothing},        Entry{"off", check_off},
};

constexpr std::array kServices{
    Entry{"http", check_http},       Entry{"https", check_http},
    Entry{"http_proxy", check_http}, Entry{"smtp", check_smtp},
    Entry{"submission", check_smtp}, Entry{"pop", check_pop},
    Entry{"pops", check_pop},        Entry{"imap", check_imap},
    Entry{"imaps", check_imap},      Entry{"nntp", check_nntp},
    Entry{"ftp", check_ftp},         Entry{"ldap", check_ldap},
    Entry{"ldaps", check_ldap},      Entry{"mysql", check_mysql},
    Entry{"pgsql", check_pgsql},     Entry{"oracle", check_oracle},
    Entry{"dns", check_dns},         Entry{"radius", check_radius},
    Entry{"sip", check_sip},         Entry{"simpletcp", check_simpletcp},
    Entry{"none", check_nothing},
};

template <class Table>
Check look_in(const Table& table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Entry& entry) { return entry.name == name; });
  return found == table.end() ? nullptr : found->check;
}

}  // namespace

Check find_check(const Probe& probe) {
  return probe.check_type == "negotiate" ? look_in(kServices, probe.service)
                                         : look_in(kCheckTypes, probe.check_type);
}

}  // namespace um::checks
