// ha_cf_golden.hpp - golden diagnostics: a wrong file and what is said about it, one below the
// other.
//
// tests/vectors/golden/KIND/NAME.txt holds the input, a line `---`, and the expected text. With
// UM_UPDATE_GOLDEN set the expected part is written anew, for review with git diff.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace um::test {

inline std::string check_golden(const std::filesystem::path& path,
                                const std::function<std::string(const std::string&)>& say) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream whole;
  whole << in.rdbuf();
  const std::string text = whole.str();
  const std::string rule = "---\n";
  const std::size_t at = text.find(rule);
  if (at == std::string::npos) return "no line ---";
  const std::string input = text.substr(0, at);
  const std::string said = say(input);
  if (std::getenv("UM_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << input << rule << said;
    return {};
  }
  const std::string expected = text.substr(at + rule.size());
  return said == expected ? "" : "--- expected\n" + expected + "--- said\n" + said;
}

inline std::vector<std::filesystem::path> golden_files(const std::string& kind) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator("tests/vectors/golden/" + kind))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  return files;
}

}  // namespace um::test
