// config_file.hpp - from the name of a configuration to a Roster, or to what is wrong with it.
//
// load() blocks on name resolution (at most ten seconds in all); a running daemon calls it on a
// helper thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ldirectord/config_watch.hpp"
#include "ldirectord/roster.hpp"
#include "parsers/ldirectord_cf_local.hpp"

namespace um::ldirectord {

/// Where ldirectord looks for CONFIG: /etc/ha.d/CONFIG, /etc/ha.d/conf/CONFIG, CONFIG itself. The
/// first regular file, as the old program prints it; nothing when there is none.
std::optional<std::string> find_config(const std::string& name);

/// The path from the root, however it was found: the daemon works in /. Symbolic links stay, so
/// that a reload follows a link that has been turned to another file.
std::string absolute_path(const std::string& path);
/// Where it leads, whatever links are on the way: what locks and sockets are named for.
std::string real_path(const std::string& path);

struct Loaded {
  bool ok = false;
  Roster roster;       // only when ok
  std::string legacy;  // what 4.12 prints for this file: warnings, then perhaps one error
  std::vector<std::string> notes;  // warnings of ours, a line each, for the log
  std::string explanation;         // the same for people: file:line:column, the line, the remedy
  std::string digest;              // of the content; empty when it could not be read
  FileStamp stamp;                 // from before reading
};

Loaded load(const std::string& path, bool debug, parsers::Touch touch = parsers::Touch::kCreate);

/// For ConfigWatch.
FileStamp stamp_of(const std::string& path);
/// Digest of the content now; empty when the file cannot be read.
std::string digest_of(const std::string& path);

}  // namespace um::ldirectord
