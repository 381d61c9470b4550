#include "tools/check.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "parsers/authkeys.hpp"
#include "parsers/diagnostics.hpp"
#include "parsers/ldirectord_cf_advice.hpp"
#include "tools/check_files.hpp"
#include "tools/check_fit.hpp"
#include "tools/check_json.hpp"

namespace um::tools {
namespace {

using parsers::Diagnostic;
using parsers::Severity;

constexpr int kClean = 0;
constexpr int kWarnings = 1;
constexpr int kErrors = 2;

struct Count {
  std::size_t errors = 0;
  std::size_t warnings = 0;
};

void add_legacy(CheckedConfiguration& c) {
  const auto append = [](CheckFile* file, const std::vector<Diagnostic>& more) {
    if (file != nullptr)
      file->diagnostics.insert(file->diagnostics.end(), more.begin(), more.end());
  };
  append(c.find(CheckKind::kHaCf), c.verdict.config.beyond_legacy);
  append(c.find(CheckKind::kAuthkeys), c.verdict.keys.beyond_legacy);
  for (CheckFile& file : c.files)
    if (file.kind == CheckKind::kLdirectordCf)
      append(&file, parsers::legacy_warnings(file.ldirectord));
}

Count count(const CheckedConfiguration& c) {
  Count total;
  for (const CheckFile& file : c.files)
    for (const Diagnostic& d : file.diagnostics) {
      if (d.severity == Severity::kError) ++total.errors;
      if (d.severity == Severity::kWarning) ++total.warnings;
    }
  return total;
}

/// no-color.org: set and not empty.
bool colour_unwanted() {
  const char* no_color = std::getenv("NO_COLOR");
  return no_color != nullptr && *no_color != '\0';
}

std::string plural(std::size_t number, std::string_view word) {
  return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
}

void print_text(const CheckedConfiguration& c, const Count& total, bool colour, std::ostream& out) {
  for (const CheckFile& file : c.files) {
    parsers::Source shown(file.path,
                          file.source != nullptr ? std::string(file.source->text()) : "");
    if (file.kind == CheckKind::kAuthkeys) shown = parsers::without_secrets(shown);
    for (const Diagnostic& d : file.diagnostics)
      out << parsers::format(d, shown, colour ? parsers::Colour::kYes : parsers::Colour::kNo);
  }
  out << plural(c.files.size(), "file") << " checked: ";
  if (total.errors + total.warnings == 0)
    out << "nothing wrong\n";
  else
    out << plural(total.errors, "error") << ", " << plural(total.warnings, "warning") << "\n";
}

}  // namespace

int check(const CheckRequest& request, const Machine& machine, std::ostream& out) {
  CheckedConfiguration c = read_configuration(request, machine);
  check_fit(c, request, machine);
  if (request.legacy) add_legacy(c);
  for (CheckFile& file : c.files)
    std::ranges::stable_sort(file.diagnostics, {},
                             [](const Diagnostic& d) { return d.where.begin; });
  const Count total = count(c);
  if (request.json)
    out << check_json(c, request.dump);
  else
    print_text(c, total, request.colour, out);
  if (total.errors > 0) return kErrors;
  return request.strict && total.warnings > 0 ? kWarnings : kClean;
}

int check(const std::vector<std::string>& args, std::istream&, std::ostream& out,
          std::ostream& err) {
  CheckRequest request;
  std::vector<std::string> paths;
  CLI::App app{"Check ha.cf, authkeys, haresources and ldirectord.cf, and how they fit together.",
               "ultramonkey check"};
  app.add_option("PATH", paths, "a directory, or files [/etc/ha.d]");
  app.add_flag("--strict", request.strict, "exit with 1 when there are warnings");
  app.add_flag("--legacy", request.legacy, "warn of lines that an old program would refuse");
  CLI::Option* json = app.add_flag("--json", request.json, "report as JSON");
  app.add_flag("--dump", request.dump, "with --json: the parsed configuration too")->needs(json);
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error, out, err) == 0 ? kClean : kErrors;
  }
  const std::unique_ptr<Machine> machine = real_machine();
  const bool one_directory =
      paths.size() == 1 && machine->file_state(paths[0]).kind == FileKind::kDirectory;
  if (one_directory)
    request.directory = paths[0];
  else
    request.files.assign(paths.begin(), paths.end());
  request.colour = &out == &std::cout && isatty(STDOUT_FILENO) != 0 && !colour_unwanted();
  return check(request, *machine, out);
}

}  // namespace um::tools
