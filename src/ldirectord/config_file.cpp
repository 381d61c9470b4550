#include "ldirectord/config_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/resolver.hpp"
#include "parsers/ldirectord_cf.hpp"

namespace um::ldirectord {
namespace {

bool is_regular_file(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return {};
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::string digest_of_text(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_sha256(), nullptr);
  return std::string(reinterpret_cast<const char*>(bytes.data()), size);
}

}  // namespace

std::optional<std::string> find_config(const std::string& name) {
  for (const std::string& candidate : {"/etc/ha.d/" + name, "/etc/ha.d/conf/" + name, name})
    if (is_regular_file(candidate)) return candidate;
  return {};
}

std::string absolute_path(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal();
}

std::string real_path(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  return error ? absolute_path(path) : real.string();
}

Loaded load(const std::string& path, bool debug, parsers::Touch touch) {
  Loaded loaded;
  loaded.stamp = stamp_of(path);
  SystemResolver resolver;
  const auto [source, parsed] = parsers::load_ldirectord_cf(path, resolver, touch, debug);
  if (parsed.ok() || !source->text().empty()) loaded.digest = digest_of_text(source->text());
  loaded.legacy = parsers::legacy_lines(parsed.diagnostics, fmt::format("{}", getpid()));
  for (const parsers::Diagnostic& diagnostic : parsed.diagnostics) {
    const std::string text = parsers::format(diagnostic, *source);
    loaded.explanation += text;
    if (diagnostic.severity == parsers::Severity::kWarning && diagnostic.legacy.empty())
      loaded.notes.push_back(text.substr(0, text.find('\n')));
  }
  loaded.ok = parsed.ok();
  if (loaded.ok) loaded.roster = make_roster(parsed.value);
  return loaded;
}

FileStamp stamp_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {true, status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec};
}

std::string digest_of(const std::string& path) {
  auto text = read_file(path);
  return text ? digest_of_text(*text) : std::string();
}

}  // namespace um::ldirectord
