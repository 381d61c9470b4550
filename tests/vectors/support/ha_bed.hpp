// ha_bed.hpp - the machine on which the ha.cf vectors were recorded
// (tests/vectors/ha-cf/README.md), as far as a configuration can see it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "parsers/ha_start.hpp"
#include "tests/unit/parsers/ha_cf_fake_machine.hpp"

namespace um::test {

struct HaVector {
  std::string name;
  std::string result;  // accepted, rejected, crash-signal-11, ...
  int exit_code = 0;
  std::vector<std::string> command;
  std::string stderr_text;  // without the time stamps, debug lines and what only debugging shows
  std::string stdout_text;
  std::vector<std::string> media_lines;  // "... heartbeat started ..." after the fork, in order
  std::map<std::string, std::string> child_environment;  // what a respawned client saw
};

HaVector load_ha_vector(const std::string& name);

/// The recording machine with the vector's files and preparations.
FakeMachine bed_for(const std::string& name);

/// All vectors in the order of the index.
std::vector<std::string> ha_vector_names();

/// Only the old program's lines, as they would stand on stderr.
std::string literal_lines(const std::vector<parsers::StartLine>& lines);

}  // namespace um::test
