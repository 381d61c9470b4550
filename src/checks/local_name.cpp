#include "checks/local_name.hpp"

#include <cstdlib>

#include <sys/utsname.h>

namespace um::checks {
namespace {

std::string node_name() {
  utsname name{};
  return uname(&name) == 0 ? name.nodename : "localhost";
}

}  // namespace

std::string helo_name() {
  std::string name = node_name();
  return name.find('.') == std::string::npos ? "localhost.localdomain" : name;
}

std::string default_login() {
  const char* hostname = std::getenv("HOSTNAME");
  return "ldirectord@" + (hostname != nullptr && *hostname != '\0' ? hostname : node_name());
}

}  // namespace um::checks
