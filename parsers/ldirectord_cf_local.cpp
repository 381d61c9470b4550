#include "parsers/ldirectord_cf_local.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace um::parsers {
namespace {

std::string error_of(int result) {
  return result < 0 ? std::strerror(errno) : "";
}

/// The error that opening for append would give, found without creating anything.
std::string would_append(const std::string& path) {
  struct stat state {};
  if (stat(path.c_str(), &state) == 0) {
    if (S_ISDIR(state.st_mode)) return std::strerror(EISDIR);
    return error_of(access(path.c_str(), W_OK));
  }
  const std::string::size_type slash = path.rfind('/');
  if (path.empty() || errno != ENOENT) return std::strerror(errno);
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return error_of(access(parent.c_str(), W_OK | X_OK));
}

}  // namespace

std::string LocalFiles::append_error(const std::string& path) {
  if (touch_ == Touch::kLookOnly) return would_append(path);
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
  std::string why = error_of(fd);
  if (fd >= 0) close(fd);
  return why;
}

bool LocalFiles::is_directory(const std::string& path) {
  struct stat state {};
  return stat(path.c_str(), &state) == 0 && S_ISDIR(state.st_mode);
}

std::string local_host_name() {
  if (const char* name = std::getenv("HOSTNAME")) return name;
  utsname kernel{};
  return uname(&kernel) == 0 ? kernel.nodename : "";
}

LoadedLdirectordCf load_ldirectord_cf(const std::string& path, Resolver& resolver, Touch touch,
                                      bool debug) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  if (in) text << in.rdbuf();
  LoadedLdirectordCf out{std::make_shared<Source>(path, text.str()), {}};
  if (!in.is_open() || in.bad()) {
    out.parsed.diagnostics.push_back({Severity::kError,
                                      {},
                                      "the file can not be read",
                                      "",
                                      fmt::format("Error [PID]: can not open file {}", path)});
    return out;
  }
  LocalFiles files(touch);
  out.parsed = parse_ldirectord_cf(*out.source, {resolver, files, local_host_name(), debug});
  return out;
}

}  // namespace um::parsers
