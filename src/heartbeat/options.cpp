#include "heartbeat/options.hpp"

#include <fmt/format.h>

namespace um::heartbeat {
namespace {

constexpr std::string_view kLetters = "dDkMrRsvWlVf";

struct Scan {
  bool bad = false, defaults = false, stop = false, status = false, restarted = false,
       reload = false, version = false;
};

/// One letter; `rest` is what follows it in its word.
void take_letter(char letter, Options& options, Scan& scan) {
  switch (letter) {
    case 'd': ++options.debug; break;
    case 'D': scan.defaults = true; break;
    case 'k': scan.stop = true; break;
    case 'M': options.manage_resources = false; break;
    case 'r': scan.reload = true; break;
    case 'R': scan.restarted = true; break;
    case 's': scan.status = true; break;
    case 'v': options.verbose = true; break;
    case 'W': options.wiki = true; break;
    case 'l': options.realtime = false; break;
    case 'V': scan.version = true; break;
    case 'f': options.foreground = true; break;
    default: break;
  }
}

Verb verdict(const Options& options, const Scan& scan) {
  if (scan.version) return Verb::kVersion;
  if (scan.bad || (!options.held.empty() && !scan.restarted)) return Verb::kUsage;
  if (scan.defaults) return Verb::kDefaults;
  if (scan.stop) return Verb::kStop;
  if (scan.status) return Verb::kStatus;
  if (scan.restarted) return Verb::kRestarted;
  return scan.reload ? Verb::kReload : Verb::kStart;
}

}  // namespace

const std::string_view kUsage =
    "\n"
    "Usage: heartbeat [-dDkMrRsvWlVf] [-C Current-resource-state]\n"
    "\t-C only valid with -R\n"
    "\t-r is mutually exclusive with -R\n";

Options parse_options(std::span<const std::string> arguments, std::string_view program) {
  Options options;
  Scan scan;
  for (std::size_t i = 0; i < arguments.size() && !scan.version; ++i) {
    const std::string_view word = arguments[i];
    if (word == "--") break;
    if (word.size() < 2 || word[0] != '-') continue;
    for (std::size_t at = 1; at < word.size() && !scan.version; ++at) {
      const char letter = word[at];
      if (letter == 'C') {
        if (at + 1 < word.size()) {
          options.held = word.substr(at + 1);
        } else if (i + 1 < arguments.size()) {
          options.held = arguments[++i];
        } else {
          options.complaints += fmt::format("{}: option requires an argument -- 'C'\n", program);
          scan.bad = true;
        }
        break;
      }
      if (kLetters.find(letter) == std::string_view::npos) {
        options.complaints += fmt::format("{}: invalid option -- '{}'\n", program, letter);
        scan.bad = true;
      }
      take_letter(letter, options, scan);
    }
  }
  options.verb = verdict(options, scan);
  return options;
}

}  // namespace um::heartbeat
