// ha_start.hpp - may heartbeat start? The old daemon's verdict over its files, literally.
//
// validate() reads ha.cf, authkeys, haresources and nodeinfo through the machine, asks it what the
// text alone cannot answer, and says everything the old program said, in its order and words (spec
// ha-cf 5), with the exit code it had. Lines of ours that explain more stand before the literal
// ones (decision G3) and are marked. The daemon, `heartbeat -r`, the reload and `ultramonkey check`
// all use this one function; it changes nothing anywhere.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/machine.hpp"
#include "parsers/authkeys.hpp"
#include "parsers/ha_cf.hpp"
#include "parsers/haresources.hpp"

namespace um::parsers {

/// As the old program spells its directory in messages: with a slash at the end, then another.
inline constexpr std::string_view kHaDirectory = "/etc/ha.d";

struct StartOptions {
  std::filesystem::path directory = kHaDirectory;
  /// A file elsewhere than in the directory; an empty path: not there, as far as this is concerned.
  std::optional<std::filesystem::path> ha_cf, authkeys, haresources;
  bool manage_resources = true;  // false: option -M, haresources is not looked at
  bool reload = false;           // option -r: no "Configuration validated" line
  /// For `ultramonkey check`: the old program stopped at the first bad file; with this the others
  /// are looked at too. The log lines stay the old program's.
  bool every_file = false;
};

struct StartLine {
  LogLevel level = LogLevel::kInfo;
  std::string text;
  bool ours = false;  // not one of the old program's lines
  bool raw = false;   // the old program wrote it to stderr without time and level
};

/// A file as it was read, with what there is to say about it.
struct CheckedFile {
  std::shared_ptr<const Source> source;  // nullptr: not looked at, or it could not be read
  int error = 0;                         // errno of reading it
  std::vector<Diagnostic> diagnostics;   // in file order
};

struct Verdict {
  int exit_code = 0;             // 0, or 6 (4 when reading was not permitted)
  std::vector<StartLine> lines;  // in the order to be logged
  std::string own_node;          // lower case, from nodeinfo or the machine
  HaConfig config;               // complete only when ok()
  AuthKeys keys;
  Haresources resources;
  CheckedFile ha_cf, authkeys, haresources;

  bool ok() const { return exit_code == 0; }
  bool ha_cf_ok = false;  // its lines are understood; how they fit together is another matter
};

Verdict validate(const Machine& machine, const StartOptions& options = {});

}  // namespace um::parsers
