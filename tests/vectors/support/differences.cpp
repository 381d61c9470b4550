#include "tests/vectors/support/differences.hpp"

#include <array>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace um::test {
namespace {

constexpr const char* kFile = "tests/vectors/DIFFERENCES.md";

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" `");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" `") - begin + 1);
}

std::string sha256_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return "unreadable";
  std::stringstream text;
  text << in.rdbuf();
  const std::string bytes = text.str();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace

std::map<std::string, AllowedDifference> allowed_differences(const std::string& section) {
  std::map<std::string, AllowedDifference> allowed;
  std::ifstream in(kFile);
  std::string line;
  bool here = false;
  while (std::getline(in, line)) {
    if (line.starts_with("## ")) here = line == "## " + section;
    const std::size_t first = line.find(" | ");
    const std::size_t second = first == std::string::npos ? first : line.find(" | ", first + 3);
    if (!here || second == std::string::npos || line.starts_with("name |") ||
        line.starts_with("---"))
      continue;
    allowed[trimmed(line.substr(0, first))] = {trimmed(line.substr(first + 3, second - first - 3)),
                                               trimmed(line.substr(second + 3))};
  }
  return allowed;
}

std::string compare_with_allowed(const std::string& section,
                                 const std::map<std::string, std::string>& found,
                                 std::size_t vectors) {
  const auto allowed = allowed_differences(section);
  std::string out;
  std::size_t without_row = 0;
  for (const auto& [name, difference] : found)
    if (!allowed.contains(name))
      out += fmt::format("{}: differs, and {} does not say why:\n{}\n", name, kFile, difference);
  for (const auto& [name, entry] : allowed) {
    if (!found.contains(name))
      out += fmt::format("{}: listed in {}, but there is no difference\n", name, kFile);
    if (entry.row == "-") ++without_row;
  }
  if (without_row * 100 > vectors)
    out += fmt::format("{} of {} vectors differ without a decision: more than 1 %\n", without_row,
                       vectors);
  return out;
}

std::string check_manifest(const std::string& manifest) {
  std::ifstream in(manifest);
  if (!in) return manifest + ": unreadable\n";
  const std::string directory = manifest.substr(0, manifest.rfind('/') + 1);
  std::string out;
  std::string hash;
  std::string path;
  while (in >> hash >> path)
    if (sha256_of(directory + path) != hash) out += path + ": not as recorded\n";
  return out;
}

}  // namespace um::test
