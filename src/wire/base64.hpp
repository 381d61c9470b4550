// base64.hpp - standard base64 with padding, read strictly.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace um::wire {

std::string base64_encode(std::string_view bytes);

/// Nothing unless the text is complete groups of four, with padding only at the end.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace um::wire
