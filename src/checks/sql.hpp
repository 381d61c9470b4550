// sql.hpp - what the checks of databases have in common.
#pragma once
#include <string>
#include <string_view>

#include "checks/check.hpp"

namespace um::checks {

/// The query: the request without the '/' that the parser puts before it. Failure when there is
/// none or no login, without which the old program did not ask either (ldirectord-runtime 11.3).
std::string sql_query(const Probe& probe);

/// Up when the query gave a row.
Outcome judge_rows(bool any);

/// The first line of a client library's message, which may have several.
std::string first_line(std::string_view text);

}  // namespace um::checks
