// check.hpp - `ultramonkey check`: what is wrong with the configuration, before a daemon reads it.
//
//   ultramonkey check [--strict] [--legacy] [--json [--dump]] [DIR | FILE...]
//
// Reads ha.cf, authkeys, haresources and every ldirectord.cf that haresources starts, with the very
// code that the daemons use, and looks at how they fit together (check_fit.hpp). Nothing is
// changed, created or sent. Exit status: 0 nothing wrong, 1 warnings and --strict, 2 errors.
#pragma once
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "base/machine.hpp"

namespace um::tools {

struct CheckRequest {
  std::filesystem::path directory = "/etc/ha.d";
  std::vector<std::filesystem::path> files = {};  // when there are any, only these are looked at
  bool strict = false;                            // warnings count
  bool legacy = false;                            // name the lines that an old program would refuse
  bool json = false;
  bool dump = false;    // with json: the parsed configuration too
  bool colour = false;  // of the text form
};

/// The command after its name; `colour` is decided here (a terminal, and no NO_COLOR).
int check(const std::vector<std::string>& args, std::istream& in, std::ostream& out,
          std::ostream& err);

/// The same, for a request already understood and a machine that may be made up.
int check(const CheckRequest& request, const Machine& machine, std::ostream& out);

}  // namespace um::tools
