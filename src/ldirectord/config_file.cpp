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

// The old parser tries the files it is to write to; so do we.
class LocalFiles final : public parsers::Files {
 public:
  std::string append_error(const std::string& path) override {
    const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) return std::strerror(errno);
    close(file);
    return {};
  }
  bool is_directory(const std::string& path) override {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  }
};

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return {};
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::string digest_of_text(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_sha256(), nullptr);
  return std::string(reinterpret_cast<const char*>(bytes.data()), size);
}

// $HOSTNAME if set, even empty, else what uname -n says (spec ldirectord-config 5.2).
std::string host_name() {
  if (const char* name = std::getenv("HOSTNAME")) return name;
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
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

Loaded load(const std::string& path, const std::string& shown, bool debug) {
  Loaded loaded;
  loaded.stamp = stamp_of(path);
  auto text = read_file(path);
  if (!text) {
    loaded.legacy = fmt::format("Error [{}]: can not open file {}\n", getpid(), shown);
    loaded.explanation = fmt::format("{}: {}\n", shown, std::strerror(errno));
    return loaded;
  }
  loaded.digest = digest_of_text(*text);
  const parsers::Source source(shown, std::move(*text));
  SystemResolver resolver;
  LocalFiles files;
  auto parsed = parsers::parse_ldirectord_cf(source, {resolver, files, host_name(), debug});
  loaded.legacy = parsers::legacy_lines(parsed.diagnostics, fmt::format("{}", getpid()));
  for (const parsers::Diagnostic& diagnostic : parsed.diagnostics) {
    const std::string text = parsers::format(diagnostic, source);
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
