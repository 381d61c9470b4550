// ultramonkey - the commands that the old programs did not have. A subcommand is one file beside
// this one and one line of kSubcommands.
#include <CLI/CLI.hpp>

#include "tools/check.hpp"
#include "tools/decode.hpp"
#include "tools/test_resource.hpp"

namespace {

using Arguments = std::vector<std::string>;

struct Subcommand {
  const char* name;
  const char* summary;
  /// The words after the name; returns the exit status.
  int (*run)(const Arguments& args, std::istream& in, std::ostream& out, std::ostream& err);
};

constexpr std::array kSubcommands{
    Subcommand{"check", "check the configuration files and how they fit together",
               um::tools::check},
    Subcommand{"decode", "show captured heartbeat packets as text", um::tools::decode},
    Subcommand{"test-resource", "try a resource script's start, status and stop on this idle node",
               um::tools::test_resource},
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Ultra Monkey: high availability and load balancing.", "ultramonkey"};
  app.set_version_flag("--version", "ultramonkey " UM_VERSION);
  app.require_subcommand(1);
  int status = 0;
  for (const Subcommand& subcommand : kSubcommands) {
    CLI::App* parser = app.add_subcommand(subcommand.name, subcommand.summary);
    parser->prefix_command();   // all that follows is the subcommand's own,
    parser->set_help_flag("");  // --help too
    parser->callback([&status, &subcommand, parser] {
      status = subcommand.run(parser->remaining(), std::cin, std::cout, std::cerr);
    });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  std::cout.flush();
  return status;
}
