// ldirectord_bed.hpp - the machine on which the ldirectord.cf vectors were recorded, and the
// vectors.
//
// Host table, service table, HOSTNAME=director1 and a file system in which /nonexistent does not
// exist (tests/vectors/ldirectord-config/README.md). Numeric forms are those of getaddrinfo.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "parsers/ldirectord_cf.hpp"

namespace um::test {

inline constexpr const char* kLdirectordVectors = "tests/vectors/ldirectord-config/";

/// Answers from tables in the formats of /etc/hosts and /etc/services.
class TableResolver final : public Resolver {
 public:
  TableResolver() = default;  // numbers only
  TableResolver(const std::string& hosts_file, const std::string& services_file);

  Host host(std::string_view name, Family family) override;
  std::optional<std::uint16_t> service(std::string_view name, Transport transport) override;

 private:
  std::map<std::pair<std::string, Family>, std::string> hosts_;
  std::map<std::pair<std::string, Transport>, std::uint16_t> services_;
};

class RecordedFiles final : public parsers::Files {
 public:
  std::string append_error(const std::string& path) override;
  bool is_directory(const std::string& path) override;
};

std::string file_text(const std::string& path);
std::vector<std::string> ldirectord_vector_names();

/// Parses as on the recorded machine; the file is called CONFIG, as in the recorded messages.
parsers::Parsed<parsers::LdirectordConfig> parse_as_recorded(std::string text);

/// What differs between the recorded outcome and ours, a line each; empty when nothing does.
std::string outcome_difference(const std::string& recorded_json,
                               const parsers::Parsed<parsers::LdirectordConfig>& ours);

}  // namespace um::test
