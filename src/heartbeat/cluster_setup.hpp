// cluster_setup.hpp - from the checked configuration files to what the cluster engine must know.
//
// Pure but for rc_scripts(), which looks into a directory.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cluster/config.hpp"
#include "parsers/ha_start.hpp"

namespace um::heartbeat {

/// What does not come from the files.
struct Identification {
  cluster::Uuid uuid{};
  std::uint64_t generation = 1;
  std::uint64_t seed = 1;
  int pid = 0;
  int debug = 0;
  bool manage_resources = true;
  std::string held;  // none local foreign all; empty: nothing said
};

cluster::Config cluster_config(const parsers::Verdict& verdict, const Identification& who,
                               std::vector<std::string> rc_scripts);

/// The scripts of rc.d that have to be run: all but those that heartbeat replaces itself while
/// their content is that of the one of the same name in `shipped`. Names that begin with a dot do
/// not count.
std::vector<std::string> rc_scripts(const std::filesystem::path& rc_d,
                                    const std::filesystem::path& shipped);

}  // namespace um::heartbeat
