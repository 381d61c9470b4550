// message_types.hpp - the message types that membership itself acts upon (wire 5).
#pragma once
#include <algorithm>
#include <cctype>
#include <string_view>

namespace um::cluster {

inline constexpr std::string_view kPingStatus = "NS_st";
inline constexpr std::string_view kRexmitRequest = "NS_rexmit";
inline constexpr std::string_view kRexmitRefusal = "NS_nak_rexmit";
inline constexpr std::string_view kAcknowledgement = "NS_ackmsg";
inline constexpr std::string_view kStatus = "status";

inline bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

/// Messages without a sequence number.
inline bool is_unsequenced(std::string_view type) {
  return type.starts_with("NS_");
}

/// The legacy daemons compare these two, and only these, without regard to case (wire 5).
inline bool is_status(std::string_view type) {
  return equal_ignoring_case(type, kStatus);
}
inline bool is_rexmit_refusal(std::string_view type) {
  return equal_ignoring_case(type, kRexmitRefusal);
}

}  // namespace um::cluster
