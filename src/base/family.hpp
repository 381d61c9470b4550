// family.hpp - the two address families, for everybody who asks for names or addresses.
#pragma once
#include <cstdint>

namespace um {

enum class Family : std::uint8_t { kInet, kInet6 };

}  // namespace um
