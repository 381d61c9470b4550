// options.hpp - heartbeat's command line (spec ha-cf 8).
//
// Pure: what getopt would have printed is returned as text. Words that are no options are ignored,
// as they always were.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace um::heartbeat {

enum class Verb : std::uint8_t {
  kStart,
  kReload,     // -r
  kRestarted,  // -R: "I was exec'ed to restart"
  kStatus,     // -s
  kStop,       // -k
  kDefaults,   // -D
  kUsage,      // a bad option: exit 2
  kVersion,    // -V
};

struct Options {
  Verb verb = Verb::kStart;
  int debug = 0;                 // -d, each adds one
  bool manage_resources = true;  // -M
  bool realtime = true;          // -l
  bool verbose = false;          // -v
  bool wiki = false;             // -W
  bool foreground = false;       // -f
  std::string held;              // -C: none local foreign all; empty: not given
  std::string complaints;        // for stderr, before everything else
};

Options parse_options(std::span<const std::string> arguments, std::string_view program);

extern const std::string_view kUsage;

}  // namespace um::heartbeat
