// ldirectord_cf_json.hpp - a parsed ldirectord.cf as JSON, for `ultramonkey check --dump` and
// tests.
//
// Keys and values are those of tests/vectors/ldirectord-config/README.md: the texts that the old
// program kept, all as strings, null where nothing was given. Directives of ours alone appear under
// their own names where they are given. Bytes that are no UTF-8 become U+FFFD.
#pragma once
#include <string>

#include "parsers/ldirectord_cf.hpp"

namespace um::parsers {

/// {"globals": {...}, "virtuals": [...]}, on one line, keys sorted.
std::string dump_json(const LdirectordConfig& config);

}  // namespace um::parsers
