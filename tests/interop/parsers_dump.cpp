// parsers_dump: what our parser makes of configuration files, one JSON line per file named on
// standard input, in the shape of parsers-oracle.pl (which see), parsed on the machine of the
// vectors. Beside it stand our messages and what we say about the old program, so that the
// differential test can tell a decision from a mistake.
//
//   usage: parsers_dump < list-of-files
//   usage: parsers_dump --time FILE     CPU seconds of parsing FILE, as {"cpu":N}
#include <ctime>
#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "parsers/ldirectord_cf_json.hpp"
#include "tests/vectors/support/ldirectord_bed.hpp"

namespace {

using namespace um;
using nlohmann::json;

json outcome(const std::string& path) {
  const std::string text = test::file_text(path);
  const auto parsed = test::parse_as_recorded(text);
  json out = {{"name", path},
              {"ok", parsed.ok()},
              {"exit_code", parsed.ok() ? 0 : 2},
              {"stderr", parsers::legacy_lines(parsed.diagnostics, "PID")},
              {"messages", json::array()},
              {"differences", json::array()}};
  if (parsed.ok()) out.update(json::parse(parsers::dump_json(parsed.value)));
  for (const parsers::Diagnostic& d : parsed.diagnostics)
    out["messages"].push_back(fmt::format("{}: {}", name_of(d.severity), d.message));
  const parsers::Source source("CONFIG", text);
  for (const parsers::LegacyDifference& d : parsed.value.legacy_differences)
    out["differences"].push_back(
        {{"line", source.position(d.where.begin).line}, {"refused", d.refused}, {"text", d.text}});
  return out;
}

void print_time(const std::string& path) {
  const std::string text = test::file_text(path);
  const std::clock_t start = std::clock();
  const auto parsed = test::parse_as_recorded(text);
  const double cpu = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  fmt::print("{{\"cpu\":{:.4f},\"virtuals\":{}}}\n", cpu, parsed.value.virtuals.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--time") {
    print_time(argv[2]);
    return 0;
  }
  for (std::string path; std::getline(std::cin, path);)
    std::cout << outcome(path).dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
}
