#include "tests/vectors/support/ldirectord_bed.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "parsers/ldirectord_cf_json.hpp"

namespace um::test {
namespace {

using nlohmann::json;

std::string canonical(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, address, text.data(), text.size());
  return text.data();
}

std::optional<std::string> numeric(const std::string& name, Family family) {
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
std::vector<std::vector<std::string>> table(const std::string& path) {
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

void compare(const json& recorded, const json& ours, const std::string& where, std::string& out) {
  if (recorded.is_object() && ours.is_object()) {
    for (const auto& [key, value] : recorded.items())
      compare(value, ours.contains(key) ? ours[key] : json("(absent)"), where + "/" + key, out);
  } else if (recorded.is_array() && ours.is_array() && recorded.size() == ours.size()) {
    for (std::size_t i = 0; i < recorded.size(); ++i)
      compare(recorded[i], ours[i], fmt::format("{}/{}", where, i), out);
  } else if (recorded != ours) {
    out += fmt::format("  {}: recorded {}, ours {}\n", where, recorded.dump(), ours.dump());
  }
}

}  // namespace

TableResolver::TableResolver(const std::string& hosts_file, const std::string& services_file) {
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

Resolver::Host TableResolver::host(std::string_view name, Family family) {
  const std::string text(name);
  if (text.empty()) return {family == Family::kInet ? "127.0.0.1" : "::1", ""};
  if (auto address = numeric(text, family)) return {*address, ""};
  const auto found = hosts_.find({text, family});
  if (found == hosts_.end()) return {"", "Name or service not known"};
  return {found->second, ""};
}

std::optional<std::uint16_t> TableResolver::service(std::string_view name, Transport transport) {
  const auto found = services_.find({std::string(name), transport});
  if (found == services_.end()) return std::nullopt;
  return found->second;
}

std::string RecordedFiles::append_error(const std::string& path) {
  if (is_directory(path)) return "Is a directory";
  const std::string::size_type slash = path.rfind('/');
  const bool here = slash == std::string::npos && !path.empty();
  const bool there = slash != std::string::npos && is_directory(path.substr(0, slash + 1));
  return here || there ? "" : "No such file or directory";
}

bool RecordedFiles::is_directory(const std::string& path) {
  static const std::set<std::string> kDirectories{"/",    "/etc",     "/etc/ha.d", "/root",
                                                  "/run", "/tmp",     "/usr",      "/usr/sbin",
                                                  "/var", "/var/log", "/var/run"};
  const std::string::size_type last = path.find_last_not_of('/');
  const bool root = last == std::string::npos && !path.empty();
  return kDirectories.contains(root ? "/" : path.substr(0, last + 1));
}

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> ldirectord_vector_names() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(kLdirectordVectors) + "cf"))
    names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

parsers::Parsed<parsers::LdirectordConfig> parse_as_recorded(std::string text) {
  static TableResolver resolver(std::string(kLdirectordVectors) + "hosts",
                                std::string(kLdirectordVectors) + "services");
  RecordedFiles files;
  return parsers::parse_ldirectord_cf(parsers::Source("CONFIG", std::move(text)),
                                      {resolver, files, "director1"});
}

std::string outcome_difference(const std::string& recorded_json,
                               const parsers::Parsed<parsers::LdirectordConfig>& ours) {
  const json recorded = json::parse(recorded_json);
  json own = {{"ok", ours.ok()},
              {"exit_code", ours.ok() ? 0 : 2},
              {"stderr", parsers::legacy_lines(ours.diagnostics, "PID")}};
  if (ours.ok()) own.update(json::parse(parsers::dump_json(ours.value)));
  std::string out;
  compare(recorded, own, "", out);
  return out;
}

}  // namespace um::test
