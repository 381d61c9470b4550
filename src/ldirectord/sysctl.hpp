// sysctl.hpp - one kernel setting, read or written as text.
#pragma once
#include <fstream>
#include <string>

namespace um::ldirectord {

inline constexpr const char* kExpireQuiescentTemplate =
    "/proc/sys/net/ipv4/vs/expire_quiescent_template";

/// Without its newline; empty when the kernel has no such setting.
inline std::string read_sysctl(const char* path) {
  std::ifstream in(path);
  std::string value;
  std::getline(in, value);
  return value;
}

inline bool write_sysctl(const char* path, const std::string& value) {
  std::ofstream out(path);
  out << value << '\n' << std::flush;
  return out.good();
}

}  // namespace um::ldirectord
