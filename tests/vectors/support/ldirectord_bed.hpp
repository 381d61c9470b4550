// ldirectord_bed.hpp - the machine on which the ldirectord.cf vectors were recorded.
//
// Host table, service table, HOSTNAME=director1 and a file system in which /nonexistent does not
// exist (tests/vectors/ldirectord-config/README.md). Numeric forms are those of getaddrinfo.
// Header-only, because unit tests, vectors and the interop test link different things.
#pragma once
#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>

#include "parsers/ldirectord_cf.hpp"

namespace um::test {

inline constexpr const char* kLdirectordVectors = "tests/vectors/ldirectord-config/";

inline std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

inline std::string canonical(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, address, text.data(), text.size());
  return text.data();
}

inline std::optional<std::string> numeric(const std::string& name, Family family) {
  in_addr v4{};
  in6_addr v6{};
  if (family == Family::kInet && name.find(' ') == std::string::npos &&
      inet_aton(name.c_str(), &v4) != 0)
    return canonical(AF_INET, &v4);
  if (family == Family::kInet6 && inet_pton(AF_INET6, name.c_str(), &v6) == 1)
    return canonical(AF_INET6, &v6);
  return std::nullopt;
}

/// The words of each line, comments cut.
inline std::vector<std::vector<std::string>> table(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream in(file_text(path));
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::vector<std::string> row;
    for (std::string word; words >> word;) row.push_back(word);
    if (row.size() >= 2) rows.push_back(std::move(row));
  }
  return rows;
}

/// Answers from tables in the formats of /etc/hosts and /etc/services.
class TableResolver final : public Resolver {
 public:
  TableResolver(const std::string& hosts_file, const std::string& services_file);

  Host host(std::string_view name, Family family) override;
  std::optional<std::uint16_t> service(std::string_view name, Transport transport) override;

 private:
  std::map<std::pair<std::string, Family>, std::string> hosts_;
  std::map<std::pair<std::string, Transport>, std::uint16_t> services_;
};

inline TableResolver::TableResolver(const std::string& hosts_file,
                                    const std::string& services_file) {
  for (const auto& row : table(hosts_file))
    for (std::size_t i = 1; i < row.size(); ++i) {
      const Family family = row[0].find(':') == std::string::npos ? Family::kInet : Family::kInet6;
      hosts_.emplace(std::pair(row[i], family), row[0]);
    }
  for (const auto& row : table(services_file)) {
    const std::size_t slash = row[1].find('/');
    const auto port = static_cast<std::uint16_t>(std::stoi(row[1].substr(0, slash)));
    const std::string protocol = row[1].substr(slash + 1);
    for (std::size_t i = 0; i < row.size(); i = i == 0 ? 2 : i + 1) {
      services_.emplace(std::pair(row[i], Transport::kAny), port);
      if (protocol == "tcp") services_.emplace(std::pair(row[i], Transport::kTcp), port);
      if (protocol == "udp") services_.emplace(std::pair(row[i], Transport::kUdp), port);
    }
  }
}

inline Resolver::Host TableResolver::host(std::string_view name, Family family) {
  const std::string text(name);
  if (text.empty()) return {family == Family::kInet ? "127.0.0.1" : "::1", ""};
  if (auto address = numeric(text, family)) return {*address, ""};
  const auto found = hosts_.find({text, family});
  if (found == hosts_.end()) return {"", "Name or service not known"};
  return {found->second, ""};
}

inline std::optional<std::uint16_t> TableResolver::service(std::string_view name,
                                                           Transport transport) {
  const auto found = services_.find({std::string(name), transport});
  if (found == services_.end()) return std::nullopt;
  return found->second;
}

class RecordedFiles final : public parsers::Files {
 public:
  std::string append_error(const std::string& path) override;
  bool is_directory(const std::string& path) override;
};

inline std::string RecordedFiles::append_error(const std::string& path) {
  if (is_directory(path)) return "Is a directory";
  const std::string::size_type slash = path.rfind('/');
  const bool here = slash == std::string::npos && !path.empty();
  const bool there = slash != std::string::npos && is_directory(path.substr(0, slash + 1));
  return here || there ? "" : "No such file or directory";
}

inline bool RecordedFiles::is_directory(const std::string& path) {
  static const std::set<std::string> kDirectories{"/",    "/etc",     "/etc/ha.d", "/root",
                                                  "/run", "/tmp",     "/usr",      "/usr/sbin",
                                                  "/var", "/var/log", "/var/run"};
  const std::string::size_type last = path.find_last_not_of('/');
  const bool root = last == std::string::npos && !path.empty();
  return kDirectories.contains(root ? "/" : path.substr(0, last + 1));
}

/// Parses as on the recorded machine; the file is called CONFIG, as in the recorded messages.
inline parsers::Parsed<parsers::LdirectordConfig> parse_as_recorded(std::string text) {
  static TableResolver resolver(std::string(kLdirectordVectors) + "hosts",
                                std::string(kLdirectordVectors) + "services");
  RecordedFiles files;
  return parsers::parse_ldirectord_cf(parsers::Source("CONFIG", std::move(text)),
                                      {resolver, files, "director1"});
}

}  // namespace um::test
