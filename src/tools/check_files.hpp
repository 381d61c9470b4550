// check_files.hpp - the configuration files of one machine, read and judged each for itself.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/machine.hpp"
#include "parsers/ha_start.hpp"
#include "parsers/ldirectord_cf.hpp"
#include "tools/check.hpp"

namespace um::tools {

enum class CheckKind : std::uint8_t { kHaCf, kAuthkeys, kHaresources, kLdirectordCf };
std::string_view name_of(CheckKind kind);  // "ha.cf", "authkeys", "haresources", "ldirectord.cf"

/// One file of the report.
struct CheckFile {
  CheckKind kind = CheckKind::kHaCf;
  std::string path;
  std::shared_ptr<const parsers::Source> source;  // nullptr: could not be read
  std::vector<parsers::Diagnostic> diagnostics;
  parsers::LdirectordConfig ldirectord;  // of kLdirectordCf, usable when ok()

  bool ok() const;
};

/// All that `ultramonkey check` knows, in the order of the report.
struct CheckedConfiguration {
  parsers::Verdict verdict;      // of the three heartbeat files
  bool with_heartbeat = false;   // ha.cf was read
  std::vector<CheckFile> files;  // those that exist or were asked for

  CheckFile* find(CheckKind kind);
  const CheckFile* find(CheckKind kind) const;
};

CheckedConfiguration read_configuration(const CheckRequest& request, const Machine& machine);

/// The file that `ldirectord NAME` reads: in the directory, its conf/, else NAME itself; empty when
/// there is none (spec ldirectord-config 10).
std::filesystem::path find_ldirectord_cf(const Machine& machine,
                                         const std::filesystem::path& directory,
                                         const std::string& name);

}  // namespace um::tools
