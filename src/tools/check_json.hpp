// check_json.hpp - the report of `ultramonkey check` for programs.
#pragma once
#include <string>

#include "tools/check_files.hpp"

namespace um::tools {

/// {"files":[{"path","kind","ok","diagnostics":[{"severity","line","column","message","hint"}],
/// "config"}]}; "config" only with `dump`, null for a file that is not ok. Line and column are 0
/// for what is said of a whole file. Keys never hold a secret: authkeys names methods and lengths.
std::string check_json(const CheckedConfiguration& configuration, bool dump);

}  // namespace um::tools
