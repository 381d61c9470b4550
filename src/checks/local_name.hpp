// local_name.hpp - the name of this machine as checks tell it to servers.
#pragma once
#include <string>

namespace um::checks {

/// For EHLO: the fully qualified name, or localhost.localdomain when uname has no domain in it
/// (ldirectord-runtime 11.3).
std::string helo_name();
/// "ldirectord@HOST", the default login of ftp passwords and sip; HOST from the environment's
/// HOSTNAME, else from uname.
std::string default_login();

}  // namespace um::checks
