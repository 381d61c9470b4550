// check_fit.hpp - how the configuration files of a machine fit together.
//
// Each file may be right and the whole still not work: an address that no line brings up, a script
// that does not exist, a director that init starts too. Pure but for the questions to the Machine.
#pragma once
#include "base/machine.hpp"
#include "tools/check_files.hpp"

namespace um::tools {

/// Adds what it finds to the diagnostics of the file where it has to be mended.
void check_fit(CheckedConfiguration& configuration, const CheckRequest& request,
               const Machine& machine);

}  // namespace um::tools
