// holdings.hpp - the two sets of resource groups that the old protocol speaks of.
//
// "local" are the groups whose haresources line begins with this node's name, "foreign" all others.
// The words are those of `rsc_hold` on the wire and of `cl_status rscstatus`.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace um::cluster {

enum class Holdings : std::uint8_t { kNone = 0, kLocal = 1, kForeign = 2, kAll = 3 };

constexpr Holdings operator|(Holdings a, Holdings b) {
  return static_cast<Holdings>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr Holdings operator&(Holdings a, Holdings b) {
  return static_cast<Holdings>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
/// What is left of `a` without `b`.
constexpr Holdings operator-(Holdings a, Holdings b) {
  return static_cast<Holdings>(static_cast<unsigned>(a) & ~static_cast<unsigned>(b));
}
/// Whether `a` contains the one set `part`.
constexpr bool has(Holdings a, Holdings part) {
  return (a & part) == part;
}

/// The same groups as the other node of a pair calls them.
constexpr Holdings mirrored(Holdings a) {
  switch (a) {
    case Holdings::kLocal: return Holdings::kForeign;
    case Holdings::kForeign: return Holdings::kLocal;
    default: return a;
  }
}

constexpr std::string_view to_string(Holdings a) {
  switch (a) {
    case Holdings::kNone: return "none";
    case Holdings::kLocal: return "local";
    case Holdings::kForeign: return "foreign";
    case Holdings::kAll: return "all";
  }
  return "none";
}

constexpr std::optional<Holdings> holdings_from(std::string_view word) {
  for (Holdings a : {Holdings::kNone, Holdings::kLocal, Holdings::kForeign, Holdings::kAll})
    if (word == to_string(a)) return a;
  return std::nullopt;
}

}  // namespace um::cluster
