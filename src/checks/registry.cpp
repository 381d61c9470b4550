#include "checks/registry.hpp"

#include <algorithm>
#include <array>

#include "checks/connect.hpp"
#include "checks/http.hpp"

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
    Entry{"connect", check_connect},
    Entry{"on", check_nothing},
    Entry{"off", check_off},
};

constexpr std::array kServices{
    Entry{"http", check_http},
    Entry{"https", check_http},
    Entry{"http_proxy", check_http},
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
