// cli.hpp - the verbs of ldirectord: literal outputs, streams and exit codes of 4.12 (spec
// ldirectord-config 10), made honest by decisions L5, L20, L21, L22 and L23.
#pragma once
#include <string>
#include <vector>

namespace um::ldirectord {

/// The whole program. `words` without the program's own name.
int run_cli(const std::string& program, const std::vector<std::string>& words);

}  // namespace um::ldirectord
