#include "parsers/ha_start.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "parsers/ha_cf_reading.hpp"
#include "parsers/ha_text.hpp"

namespace um::parsers {
namespace {

constexpr int kConfigurationError = 6;
constexpr int kNotPermitted = 4;
constexpr mode_t kOthersReadOrWrite = 066;

std::string shown(std::string_view file) {
  return fmt::format("/etc/ha.d//{}", file);
}

std::string_view without_trailing_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

struct LevelWord {
  std::string_view word;
  LogLevel level;
};
constexpr std::array kLevels{
    LevelWord{"ERROR: ", LogLevel::kError}, LevelWord{"WARN: ", LogLevel::kWarn},
    LevelWord{"info: ", LogLevel::kInfo}, LevelWord{"notice: ", LogLevel::kNotice}};

/// Splits `LEVEL: text` lines; a piece without level goes on the line before it (the text of a
/// configuration line may hold a newline) or, in front, is one the old program wrote to stderr
/// bare.
std::vector<StartLine> lines_of(std::string_view legacy) {
  std::vector<StartLine> out;
  while (!legacy.empty()) {
    const std::size_t end = std::min(legacy.find('\n'), legacy.size());
    const std::string_view piece = legacy.substr(0, end);
    legacy.remove_prefix(std::min(end + 1, legacy.size()));
    const auto level = std::ranges::find_if(
        kLevels, [&](const LevelWord& l) { return piece.starts_with(l.word); });
    if (level != kLevels.end())
      out.push_back({level->level, std::string(piece.substr(level->word.size())), false, false});
    else if (out.empty())
      out.push_back({LogLevel::kError, std::string(piece), false, true});
    else
      out.back().text += fmt::format("\n{}", piece);
  }
  return out;
}

class Validation {
 public:
  Validation(const Machine& machine, const StartOptions& options)
      : machine_(machine), options_(options) {}

  Verdict run() {
    v_.own_node = own_node();
    if (read_ha_cf() && read_authkeys() && judge_configuration()) read_haresources();
    if (failed_) {
      v_.exit_code = permission_ ? kNotPermitted : kConfigurationError;
      literal("ERROR: Configuration error, heartbeat not started.");
    }
    if (options_.every_file) look_at_the_rest();
    return std::move(v_);
  }

 private:
  // ---- ha.cf ------------------------------------------------------------------------------------

  /// First line of nodeinfo if it is a whole one, else what the machine is called (spec 1). Blanks
  /// behind the name are dropped: no node line could name such a node, and the old program started.
  std::string own_node() const {
    constexpr std::size_t kLongest = 255;
    const FileContent file = machine_.read_file(options_.directory / "nodeinfo");
    const std::size_t end = file.text.find('\n');
    if (file.error == 0 && end != std::string::npos && end < kLongest)
      return lower_case(without_trailing_blanks(std::string_view(file.text).substr(0, end)));
    return lower_case(machine_.node_name());
  }

  bool read(std::string_view name, const std::optional<std::filesystem::path>& elsewhere,
            CheckedFile& checked) {
    const std::filesystem::path path = elsewhere.value_or(options_.directory / name);
    content_ = machine_.read_file(path);
    checked.error = content_.error;
    if (content_.error != 0) {
      if (content_.error == EPERM || content_.error == EACCES) permission_ = true;
      return false;
    }
    checked.source = std::make_shared<const Source>(path.string(), std::move(content_.text));
    return true;
  }

  /// The files that the old program did not come to; nothing of this is a line of its own.
  void look_at_the_rest() {
    const std::vector<StartLine> said = std::move(v_.lines);
    if (v_.authkeys.source == nullptr && v_.authkeys.error == 0) read_authkeys();
    if (v_.ha_cf_ok && !judged_) judge_configuration();
    if (v_.haresources.source == nullptr && v_.haresources.error == 0) read_haresources();
    v_.lines = said;
  }

  bool read_ha_cf() {
    if (!read("ha.cf", options_.ha_cf, v_.ha_cf)) {
      cannot_open("ERROR: Cannot open config file", "ha.cf");
      return fail("ERROR: Heartbeat not started: configuration error.");
    }
    logd_ = machine_.file_state(kLogdSocket).kind != FileKind::kNone;
    reading_ = std::make_unique<Reading>(read_lines(*v_.ha_cf.source));
    std::vector<Diagnostic> found = ask_machine(*reading_, machine_, v_.own_node);
    std::ranges::move(reading_->diagnostics, std::back_inserter(found));
    for (const Remark& remark : reading_->remarks)
      found.push_back({Severity::kNote, remark.where, {}, {}, remark.legacy});
    // By line: what the text says about a line comes in the order of its words.
    std::ranges::stable_sort(found, {}, [](const Diagnostic& d) { return d.where.begin; });
    for (const Diagnostic& d : found) say(d, v_.ha_cf, shown("ha.cf"));
    settle(*reading_);
    v_.config = reading_->config;
    v_.ha_cf_ok = !failed_;
    return v_.ha_cf_ok || fail("ERROR: Heartbeat not started: configuration error.");
  }

  void cannot_open(std::string_view text, std::string_view file) {
    literal(
        fmt::format("{0} [{1}]\n"
                    "info: An annotated sample {1} file is provided in the documentation.\n"
                    "info: Please copy it to {1}, read it, customize it, and try again.",
                    text, shown(file)));
  }

  bool judge_configuration() {
    judged_ = true;
    if (!reading_->given.contains("pacemaker")) literal("info: Pacemaker support: false");
    for (const Diagnostic& d : judge(*reading_, {v_.own_node, options_.manage_resources}))
      say(d, v_.ha_cf, shown("ha.cf"));
    warn_about_crc();
    if (failed_) return false;
    if (!options_.reload)
      literal(
          "info: **************************\n"
          "info: Configuration validated. Starting heartbeat 3.0.6");
    return true;
  }

  // ---- authkeys
  // -----------------------------------------------------------------------------------

  bool read_authkeys() {
    const std::string path = shown("authkeys");
    if (!read("authkeys", options_.authkeys, v_.authkeys))
      return fail(
          fmt::format("ERROR: Cannot open keyfile [{}].  Stop.\n"
                      "ERROR: Authentication configuration error.",
                      path));
    const Span start{0, 0};
    if ((content_.mode & kOthersReadOrWrite) != 0) {  // H17: write was not looked at
      say({Severity::kError, start,
           fmt::format("mode {:o} lets others read or write the keys", content_.mode & 07777),
           "chmod 600",
           fmt::format("ERROR: Bad permissions on keyfile [{}], 600 recommended.", path)},
          v_.authkeys, path);
      return fail("ERROR: Authentication configuration error.");
    }
    if (content_.owner != 0)
      say({Severity::kWarning,
           start,
           fmt::format("the file belongs to user {}, not to root", content_.owner),
           "chown root",
           {}},
          v_.authkeys, path);
    Parsed<AuthKeys> parsed = parse_authkeys(*v_.authkeys.source);
    for (const Diagnostic& d : parsed.diagnostics) say(d, v_.authkeys, path);
    const bool parsed_ok = parsed.ok();
    v_.keys = std::move(parsed.value);
    return parsed_ok || fail("ERROR: Authentication configuration error.");
  }

  /// W16: crc only finds damage; on a serial line or a network for two nobody else can write.
  void warn_about_crc() {
    const AuthKey* key = v_.keys.signing_key();
    if (key == nullptr || key->method != AuthMethod::kCrc) return;
    const bool network = std::ranges::any_of(v_.config.media, [this](const MediumLine& line) {
      return !std::holds_alternative<Serial>(line.medium) && !is_ping(line.medium) &&
             !machine_.interface(std::string(name_of(line.medium))).pair_only;
    });
    if (network)
      say({Severity::kWarning,
           key->where,
           "crc lets anybody on the network speak as a node",
           "take sha1 with a secret of at least 16 bytes",
           {}},
          v_.authkeys, shown("authkeys"));
  }

  // ---- haresources
  // --------------------------------------------------------------------------------

  void read_haresources() {
    if (!options_.manage_resources) return;
    if (!read("haresources", options_.haresources, v_.haresources)) {
      cannot_open("ERROR: Cannot open resources file", "haresources");
      failed_ = true;
      return;
    }
    std::vector<std::string> nodes;
    for (const Node& node : v_.config.nodes) nodes.push_back(node.name);
    Parsed<Haresources> parsed = parse_haresources(*v_.haresources.source, nodes);
    for (const Diagnostic& d : parsed.diagnostics) say(d, v_.haresources, shown("haresources"));
    v_.resources = std::move(parsed.value);
  }

  // ---- saying it
  // ----------------------------------------------------------------------------------

  bool fail(std::string_view legacy) {
    failed_ = true;
    literal(legacy);
    return false;
  }

  void literal(std::string_view legacy) {
    for (StartLine& line : lines_of(legacy)) {
      if (logd_ && fmt::format("WARN: {}", line.text) == kNoLogd) continue;
      v_.lines.push_back(std::move(line));
    }
  }

  void ours(LogLevel level, std::string text) {
    v_.lines.push_back({level, std::move(text), true, false});
  }

  /// Into the file's diagnostics and into the log: ours first (G3), then the literal lines.
  void say(const Diagnostic& d, CheckedFile& file, std::string_view path) {
    if (d.severity == Severity::kError) failed_ = true;
    if (!d.message.empty()) explain(d, file, path);
    literal(d.legacy);
  }

  void explain(const Diagnostic& d, CheckedFile& file, std::string_view path) {
    file.diagnostics.push_back(d);
    const bool whole_file = d.where.begin >= file.source->text().size();
    const std::string place =
        whole_file ? std::string(path)
                   : fmt::format("{} line {}", path, file.source->position(d.where.begin).line);
    const std::string hint = d.hint.empty() ? "" : fmt::format(" ({})", d.hint);
    if (d.severity == Severity::kError) {
      const bool silent = d.legacy.empty() && !is_line_too_long(d);
      if (silent) ours(LogLevel::kError, invalid_value(d, *file.source, place));
      ours(d.legacy.empty() && !silent ? LogLevel::kError : LogLevel::kInfo,
           fmt::format("{}: {}{}", place, d.message, hint));
    } else if (d.severity == Severity::kWarning && d.legacy.empty()) {
      ours(LogLevel::kWarn, fmt::format("{}: {}{}", place, d.message, hint));
    }
  }

  static Word directive_of(const Diagnostic& d, const Source& source) {
    const std::size_t line = source.position(d.where.begin).line;
    return split_head(physical_line(source, line).text).head;
  }

  /// H2, G3: the words are the decision's.
  static std::string invalid_value(const Diagnostic& d, const Source& source,
                                   std::string_view place) {
    const Word directive = directive_of(d, source);
    const std::string_view value =
        d.where.begin == directive.where.begin
            ? std::string_view{}
            : source.text().substr(d.where.begin, d.where.end - d.where.begin);
    return fmt::format("Invalid value [{}] for directive [{}] in {}", value, directive.text, place);
  }

  const Machine& machine_;
  const StartOptions& options_;
  Verdict v_;
  std::unique_ptr<Reading> reading_;
  FileContent content_;  // of the file read last
  bool failed_ = false;
  bool permission_ = false;
  bool logd_ = false;
  bool judged_ = false;
};

}  // namespace

Verdict validate(const Machine& machine, const StartOptions& options) {
  return Validation(machine, options).run();
}

}  // namespace um::parsers
