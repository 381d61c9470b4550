#include "ldirectord/arguments.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ldirectord/words.hpp"

namespace um::ldirectord {
namespace {

constexpr std::string_view kTest = "configtest";
constexpr std::array<std::string_view, 8> kVerbs{"start",  "stop",         "restart", "try-restart",
                                                 "reload", "force-reload", "status",  kTest};
constexpr std::array<std::string_view, 3> kAdminVerbs{"drain", "disable", "enable"};
constexpr std::string_view kProbe = "probe";
constexpr std::array<std::string_view, 3> kForms{"--verbose", "--json", "--prometheus"};

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

void take_long(const std::string& name, Arguments& arguments) {
  if (name == "debug")
    arguments.debug = true;
  else if (name == "dry-run")
    arguments.dry_run = true;
  else if (name == kTest)
    arguments.verb = kTest;
  else if (name == "help")
    arguments.ask = Arguments::Ask::kHelp;
  else if (name == "version")
    arguments.ask = Arguments::Ask::kVersion;
  else
    arguments.unknown_option = name;
}

void take_short(char letter, Arguments& arguments) {
  switch (letter) {
    case 'd': arguments.debug = true; break;
    case 't': arguments.verb = kTest; break;
    case 'h':
    case '?': arguments.ask = Arguments::Ask::kHelp; break;
    case 'v': arguments.ask = Arguments::Ask::kVersion; break;
    default: arguments.unknown_option = std::string(1, letter);
  }
}

// Options stand before the first other word only.
std::size_t take_options(const std::vector<std::string>& words, Arguments& arguments) {
  std::size_t at = 0;
  for (; at < words.size() && words[at].starts_with('-') && words[at] != "-"; ++at) {
    const std::string& word = words[at];
    if (word == "--") return at + 1;
    if (word.starts_with("--")) {
      take_long(word.substr(2), arguments);
    } else {
      for (char letter : word.substr(1)) take_short(letter, arguments);
    }
  }
  return at;
}

// REAL [in] [VIRTUAL]
bool take_admin(std::span<const std::string> rest, Arguments& arguments) {
  if (rest.empty()) return false;
  arguments.real = rest[0];
  rest = rest.subspan(1);
  if (!rest.empty() && rest[0] == "in") rest = rest.subspan(1);
  if (!rest.empty()) arguments.virtual_name = rest[0];
  return true;
}

}  // namespace

Arguments read_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  std::span<const std::string> rest(words);
  rest = rest.subspan(take_options(words, arguments));
  if (!arguments.unknown_option.empty()) arguments.ask = Arguments::Ask::kUsage;
  if (arguments.ask != Arguments::Ask::kVerb) return arguments;
  if (arguments.verb == kTest) {  // -t [configuration]
    if (!rest.empty()) arguments.config = rest[0];
    return arguments;
  }
  const bool alone = rest.size() == 1 || (!rest.empty() && is_one_of(rest[0], kAdminVerbs)) ||
                     (!rest.empty() && rest[0] == kProbe) ||
                     (rest.size() > 1 && rest[0] == "status" && is_one_of(rest[1], kForms));
  if (!rest.empty() && !alone) {
    arguments.config = rest[0];
    rest = rest.subspan(1);
  }
  if (!rest.empty()) {
    arguments.verb = rest[0];
    rest = rest.subspan(1);
  }
  bool good = is_one_of(arguments.verb, kVerbs);
  if (is_one_of(arguments.verb, kAdminVerbs)) good = take_admin(rest, arguments);
  if (arguments.verb == kProbe) good = rest.empty() || take_admin(rest, arguments);
  if (arguments.verb == "status" && !rest.empty() && is_one_of(rest[0], kForms))
    arguments.form = rest[0].substr(2);
  if (!good) arguments.ask = Arguments::Ask::kUsage;
  return arguments;
}

std::string usage_text() {
  return "Usage:\n"
         "    ldirectord [-d|--debug] [--] [configuration] {start | stop | restart | try-restart | "
         "reload | force-reload | status}\n"
         "    ldirectord [-h|-?|--help|-v|--version]\n"
         "\n"
         "Options:\n"
         "    -d, --debug      stay in the foreground and say everything on standard error\n"
         "    --dry-run        print what start or reload would change, as ipvsadm commands\n"
         "    -t, --configtest read the configuration and say what is wrong with it; also as a "
         "verb\n"
         "    -h, -?, --help   this text\n"
         "    -v, --version    the version\n"
         "    configuration    looked for in /etc/ha.d, /etc/ha.d/conf, then as given;\n"
         "                     ldirectord.cf when none is given\n"
         "    start            start the director, unless it runs\n"
         "    stop             stop it and take its virtual services out of the kernel\n"
         "    restart          stop, then start\n"
         "    try-restart      restart, if it runs\n"
         "    reload, force-reload\n"
         "                     read the configuration again\n"
         "    status           whether it runs; status --verbose, --json or --prometheus asks it\n"
         "    probe [REAL [in VIRTUAL]]\n"
         "                     run the checks once and tell what came of them\n"
         "    drain REAL [in VIRTUAL]\n"
         "                     no new connections to a real server (weight 0)\n"
         "    disable REAL [in VIRTUAL]\n"
         "                     take a real server out and do not check it\n"
         "    enable REAL [in VIRTUAL]\n"
         "                     undo drain or disable\n";
}

std::string version_text() {
  return fmt::format("{}\nultramonkey {}\n\nLicence: GPL-2.0-or-later, without any warranty.\n",
                     kLinuxDirector, UM_VERSION);
}

}  // namespace um::ldirectord
