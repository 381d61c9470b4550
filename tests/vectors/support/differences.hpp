// differences.hpp - DIFFERENCES.md, read by the runners: every vector that we do not meet, and why.
//
// A line `NAME | ROW | REASON` below the heading `## SECTION` allows one difference; ROW names a
// row of the decisions, or is `-` when there is none (at most 1 % of a section's vectors).
#pragma once
#include <map>
#include <string>

namespace um::test {

struct AllowedDifference {
  std::string row;
  std::string reason;
};

std::map<std::string, AllowedDifference> allowed_differences(const std::string& section);

/// Names a difference that DIFFERENCES.md does not list, or a listed one that does not exist. Empty
/// when the two agree and at most 1 % of `vectors` have no row.
std::string compare_with_allowed(const std::string& section,
                                 const std::map<std::string, std::string>& found,
                                 std::size_t vectors);

/// Every line of a `sha256sum` file, checked; empty when all files are as they were recorded.
std::string check_manifest(const std::string& manifest);

}  // namespace um::test
