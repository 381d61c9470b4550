// ldirectord_cf_advice.hpp - what is allowed in ldirectord.cf and still worth a word.
//
// For `ultramonkey check`, over a file that parsed. Nothing here is an error, and the daemon does
// not print it: an admin who looks at a configuration wants to know, one who starts it does not.
#pragma once
#include <vector>

#include "parsers/ldirectord_cf.hpp"

namespace um::parsers {

/// Settings that have no effect, contradict each other, or surprise (decisions L1, L16, L17, L33).
/// In the order of the file.
std::vector<Diagnostic> advise(const LdirectordConfig& config, const Source& source);

/// One warning for each line that ldirectord 4.12 refuses or reads differently (decision G6).
std::vector<Diagnostic> legacy_warnings(const LdirectordConfig& config);

}  // namespace um::parsers
