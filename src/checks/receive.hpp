// receive.hpp - the `receive` of a check, compiled; an empty one is found in every answer.
#pragma once
#include "checks/check.hpp"
#include "parsers/common_pattern.hpp"

namespace um::checks {

/// Failure when it is no regular expression, which the parser of the configuration refuses first.
parsers::Pattern receive_pattern(const Probe& probe);

}  // namespace um::checks
