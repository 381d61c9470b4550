#include "tools/check_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/resolver.hpp"
#include "parsers/ldirectord_cf_advice.hpp"
#include "parsers/ldirectord_cf_local.hpp"

namespace um::tools {
namespace {

using parsers::Diagnostic;
using parsers::Severity;
using std::filesystem::path;

constexpr std::string_view kDefaultLdirectordCf = "ldirectord.cf";

CheckKind kind_of(const path& file) {
  const std::string name = file.filename().string();
  if (name.starts_with("ha.cf")) return CheckKind::kHaCf;
  if (name.starts_with("authkeys")) return CheckKind::kAuthkeys;
  if (name.starts_with("haresources")) return CheckKind::kHaresources;
  return CheckKind::kLdirectordCf;
}

CheckFile unreadable(CheckKind kind, const path& file, int error) {
  CheckFile result{kind, file.string(), nullptr, {}, {}};
  result.diagnostics.push_back(
      {Severity::kError, {}, fmt::format("cannot be read: {}", std::strerror(error)), {}, {}});
  return result;
}

class Reader {
 public:
  Reader(const CheckRequest& request, const Machine& machine)
      : request_(request), machine_(machine) {}

  CheckedConfiguration run() {
    options_.directory = request_.directory;
    options_.every_file = true;
    if (!request_.files.empty()) only_the_given();
    out_.verdict = parsers::validate(machine_, options_);
    out_.with_heartbeat = out_.verdict.ha_cf.source != nullptr;
    add(CheckKind::kHaCf, out_.verdict.ha_cf, path_of(options_.ha_cf, "ha.cf"));
    add(CheckKind::kAuthkeys, out_.verdict.authkeys, path_of(options_.authkeys, "authkeys"));
    add(CheckKind::kHaresources, out_.verdict.haresources,
        path_of(options_.haresources, "haresources"));
    for (const path& file : ldirectord_files()) add_ldirectord(file);
    return std::move(out_);
  }

 private:
  void only_the_given() {
    options_.ha_cf = options_.authkeys = options_.haresources = path{};
    for (const path& file : request_.files) switch (kind_of(file)) {
        case CheckKind::kHaCf: options_.ha_cf = file; break;
        case CheckKind::kAuthkeys: options_.authkeys = file; break;
        case CheckKind::kHaresources: options_.haresources = file; break;
        case CheckKind::kLdirectordCf: break;
      }
    if (!options_.ha_cf->empty() && options_.ha_cf->has_parent_path())
      options_.directory = options_.ha_cf->parent_path();
  }

  path path_of(const std::optional<path>& elsewhere, std::string_view name) const {
    return elsewhere.value_or(request_.directory / name);
  }

  /// A machine may have an ldirectord.cf alone: then nothing of heartbeat is missing.
  bool expected(const path& file) const {
    if (file.empty()) return false;
    if (!request_.files.empty()) return true;
    const bool heartbeat_used =
        std::ranges::any_of(std::array{"ha.cf", "authkeys", "haresources"},
                            [&](const char* name) { return exists(request_.directory / name); });
    return heartbeat_used || !exists(request_.directory / kDefaultLdirectordCf);
  }

  bool exists(const path& file) const { return machine_.file_state(file).kind != FileKind::kNone; }

  void add(CheckKind kind, const parsers::CheckedFile& checked, const path& file) {
    if (checked.source != nullptr)
      out_.files.push_back({kind, file.string(), checked.source, checked.diagnostics, {}});
    else if (expected(file))
      out_.files.push_back(unreadable(kind, file, checked.error == 0 ? ENOENT : checked.error));
  }

  std::vector<path> ldirectord_files() const {
    std::vector<path> files;
    const auto remember = [&](const path& file) {
      if (!file.empty() && std::ranges::find(files, file) == files.end()) files.push_back(file);
    };
    for (const path& file : request_.files)
      if (kind_of(file) == CheckKind::kLdirectordCf) remember(file);
    if (!request_.files.empty()) return files;
    for (const parsers::ResourceGroup& group : out_.verdict.resources.groups)
      for (const parsers::Resource& resource : group.resources)
        if (resource.agent == "ldirectord" && !resource.arguments.empty())
          remember(find_ldirectord_cf(machine_, request_.directory, resource.arguments.front()));
    const path usual = request_.directory / kDefaultLdirectordCf;
    if (exists(usual)) remember(usual);
    return files;
  }

  void add_ldirectord(const path& file) {
    SystemResolver resolver;
    parsers::LoadedLdirectordCf loaded =
        parsers::load_ldirectord_cf(file.string(), resolver, parsers::Touch::kLookOnly);
    CheckFile checked{CheckKind::kLdirectordCf, file.string(), loaded.source,
                      std::move(loaded.parsed.diagnostics), std::move(loaded.parsed.value)};
    if (checked.ok())
      for (Diagnostic& d : parsers::advise(checked.ldirectord, *checked.source))
        checked.diagnostics.push_back(std::move(d));
    out_.files.push_back(std::move(checked));
  }

  const CheckRequest& request_;
  const Machine& machine_;
  parsers::StartOptions options_;
  CheckedConfiguration out_;
};

}  // namespace

std::string_view name_of(CheckKind kind) {
  constexpr std::array<std::string_view, 4> kNames{"ha.cf", "authkeys", "haresources",
                                                   "ldirectord.cf"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool CheckFile::ok() const {
  return std::ranges::none_of(diagnostics,
                              [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

const CheckFile* CheckedConfiguration::find(CheckKind kind) const {
  const auto found = std::ranges::find(files, kind, &CheckFile::kind);
  return found == files.end() ? nullptr : &*found;
}

CheckFile* CheckedConfiguration::find(CheckKind kind) {
  return const_cast<CheckFile*>(std::as_const(*this).find(kind));
}

CheckedConfiguration read_configuration(const CheckRequest& request, const Machine& machine) {
  return Reader(request, machine).run();
}

std::filesystem::path find_ldirectord_cf(const Machine& machine, const path& directory,
                                         const std::string& name) {
  // As text: an absolute NAME is looked for below the directories first, too.
  for (const std::string& file : {fmt::format("{}/{}", directory.string(), name),
                                  fmt::format("{}/conf/{}", directory.string(), name), name})
    if (machine.file_state(file).kind == FileKind::kRegular) return file;
  return {};
}

}  // namespace um::tools
