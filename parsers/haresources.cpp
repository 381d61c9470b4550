// Hand-written: two readers of the same lines that cut them differently (spec heartbeat-resources
// 2), one a C buffer, the other a shell pipeline; a grammar could describe neither.
#include "parsers/haresources.hpp"

#include <algorithm>
#include <map>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/machine.hpp"
#include "parsers/ha_text.hpp"

namespace um::parsers {
namespace {

constexpr std::string_view kShownPath = "/etc/ha.d//haresources";

/// The physical lines without CR before the newline (decision R13).
struct Line {
  std::string_view text;  // without newline
  std::size_t begin = 0;
  bool newline = false;

  bool continues() const { return newline && text.ends_with('\\'); }
};

// ---- the start-up check: node names, nothing else
/// ------------------------------------------------

class StartCheck {
 public:
  StartCheck(const Source& source, std::span<const std::string> nodes,
             std::vector<Diagnostic>& diagnostics)
      : source_(source), nodes_(nodes), diagnostics_(diagnostics) {}

  void run() {
    for (std::size_t number = 1; number <= source_.line_count(); ++number) {
      const PhysicalLine line = physical_line(source_, number);
      if (line.too_long) {
        diagnostics_.push_back(line_too_long(line));
        return;
      }
      const Word word = split_head(cut_at(line.text, std::string_view("\0", 1))).head;
      // A comment line never continues, even when it ends in a backslash.
      if (word.text.empty() || word.text.starts_with('#')) continue;
      if (!is_node(word)) return;
      while (number < source_.line_count() && continues(number)) ++number;
    }
  }

 private:
  /// Byte before the newline, so not before CR LF.
  bool continues(std::size_t number) const {
    return physical_line(source_, number).text.text.ends_with("\\\n");
  }

  bool is_node(const Word& word) {
    if (nodes_.empty() || std::ranges::find(nodes_, lower_case(word.text)) != nodes_.end())
      return true;
    std::string hint = odd_character_hint(word.text);
    if (hint.empty()) hint = near_node(word.text);
    diagnostics_.push_back(
        {Severity::kError, word.where, fmt::format("\"{}\" is not a node of ha.cf", word.text),
         std::move(hint), fmt::format("ERROR: Bad nodename in {} [{}]", kShownPath, word.text)});
    return false;
  }

  std::string near_node(std::string_view word) const {
    if (word.starts_with("//")) return "a comment begins with #";
    std::vector<std::string_view> names(nodes_.begin(), nodes_.end());
    const std::string lower = lower_case(word);
    const std::string_view near = nearest(lower, names);
    const std::string known = fmt::format("the nodes are {}", fmt::join(names, ", "));
    return near.empty() ? known : fmt::format("{} - did you mean \"{}\"?", known, near);
  }

  const Source& source_;
  std::span<const std::string> nodes_;
  std::vector<Diagnostic>& diagnostics_;
};

// ---- the expander: what a group is
// ----------------------------------------------------------------

/// Physical lines joined at trailing backslashes, every byte with its place in the file.
struct LogicalLine {
  std::string text;
  std::vector<std::size_t> offsets;

  void append(std::string_view part, std::size_t begin) {
    text += part;
    for (std::size_t i = 0; i < part.size(); ++i) offsets.push_back(begin + i);
  }
};

/// Blank and tab only: CR and FF are ordinary characters to the expander.
std::vector<Word> expander_words(const LogicalLine& line) {
  constexpr std::string_view kBlanks = " \t";
  std::vector<Word> words;
  const std::string_view text = line.text;
  for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    words.push_back({text.substr(at, end - at), {line.offsets[at], line.offsets[end - 1] + 1}});
    at = text.find_first_not_of(kBlanks, end);
  }
  return words;
}

class Expander {
 public:
  Expander(const Source& source, Parsed<Haresources>& result) : source_(source), result_(result) {}

  void run() {
    for (std::size_t number = 1; number <= source_.line_count(); ++number) {
      LogicalLine logical;
      Line line = physical(number);
      line.text = line.text.substr(0, line.text.find('#'));  // a continued line keeps its #
      logical.append(line.text, line.begin);
      while (line.continues() && number < source_.line_count()) {
        logical.text.pop_back();
        logical.offsets.pop_back();
        line = physical(++number);
        warn_about_comment(line);
        logical.append(line.text, line.begin);
      }
      take(logical);
    }
    warn_about_keys();
  }

 private:
  Line physical(std::size_t number) const {
    const Word raw = physical_line(source_, number).text;
    Line line{raw.text, raw.where.begin, raw.text.ends_with('\n')};
    if (line.newline) line.text.remove_suffix(1);
    if (line.newline && line.text.ends_with('\r')) {
      line.text.remove_suffix(1);
      // CR LF never was a continuation; the backslash before it stays a word.
      line.newline = false;
    }
    return line;
  }

  void take(const LogicalLine& logical) {
    const std::vector<Word> words = expander_words(logical);
    if (words.empty()) return;
    ResourceGroup group{lower_case(words[0].text), {}, words[0].where};
    for (std::size_t i = 1; i < words.size(); ++i) {
      Resource resource = resource_from_word(words[i].text);
      resource.where = words[i].where;
      warn_about_word(resource);
      group.resources.push_back(std::move(resource));
    }
    if (!group.resources.empty())
      result_.value.groups.push_back(std::move(group));
    else
      warn(words[0].where, fmt::format("no resource for {}", group.node),
           words[0].text.find_first_of("\f\v") == std::string_view::npos
               ? "write the resources behind the node name"
               : "a form feed is no blank here: write a plain blank");
  }

  void warn_about_comment(const Line& line) {
    const std::size_t hash = line.text.find('#');
    if (hash == std::string_view::npos) return;
    warn({line.begin + hash, line.begin + hash + 1}, "# begins no comment in a continued line",
         "the words behind it are taken for resources: put the comment above the group");
  }

  void warn_about_word(const Resource& resource) {
    if (resource.word.find('\\') != std::string::npos)
      warn(resource.where, fmt::format("backslash in \"{}\"", resource.word),
           resource.word == "\\"
               ? "a continued line ends in the backslash, without blank behind it"
               : "it reaches the script as it is; an older heartbeat interprets it");
    const std::string ipv6 = ipv6_of(resource);
    if (!ipv6.empty())  // R15
      warn(resource.where, fmt::format("the :: of \"{}\" separates arguments", resource.word),
           fmt::format("write IPv6addr::{}", ipv6));
    else if (resource.agent == "IPaddr" && !resource.word.starts_with("IPaddr") &&
             resource.word.find("::") != std::string::npos)
      warn(resource.where,
           fmt::format("the address of \"{}\" is lost: only \"{}\" reaches IPaddr", resource.word,
                       fmt::join(resource.arguments, " ")),
           fmt::format("write IPaddr::{}", resource.word));
  }

  /// The full spelling, with its /prefix, of an IPv6 address that was cut at its `::`.
  static std::string ipv6_of(const Resource& resource) {
    std::string_view text = resource.word;
    if (text.starts_with("IPv6addr::")) {
      text.remove_prefix(std::string_view("IPv6addr::").size());
      if (text.find("::") == std::string_view::npos) return {};
    }
    const std::size_t slash = std::min(text.find('/'), text.size());
    in6_addr address{};
    if (inet_pton(AF_INET6, std::string(text.substr(0, slash)).c_str(), &address) != 1) return {};
    std::string full;
    for (int i = 0; i < 8; ++i)
      full += fmt::format("{}{:x}", i == 0 ? "" : ":",
                          address.s6_addr[2 * i] * 256 + address.s6_addr[2 * i + 1]);
    return full + std::string(text.substr(slash));
  }

  void warn_about_keys() {
    std::map<std::string_view, const ResourceGroup*> first;
    for (const ResourceGroup& group : result_.value.groups) {
      const auto [known, fresh] = first.emplace(group.key(), &group);
      if (fresh) continue;
      const std::size_t line = source_.position(known->second->where.begin).line;  // R12
      warn(group.resources.front().where,
           fmt::format("\"{}\" already names the group of line {}", group.key(), line),
           "this group is never started: its first resource must be its own");
    }
  }

  void warn(Span at, std::string message, std::string hint) {
    result_.diagnostics.push_back(
        {Severity::kWarning, at, std::move(message), std::move(hint), {}});
  }

  const Source& source_;
  Parsed<Haresources>& result_;
};

/// Shell pattern [0-9]*.[0-9]*.[0-9]*.[0-9]*
bool looks_like_ipv4(std::string_view word) {
  constexpr int kDots = 3;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (word.empty() || !digit(word[0])) return false;
  int dots = 0;
  for (std::size_t i = 1; i + 1 < word.size(); ++i)
    if (word[i] == '.' && digit(word[i + 1])) ++dots;
  return dots >= kDots;
}

}  // namespace

std::string ResourceGroup::text() const {
  std::string out = node;
  for (const Resource& resource : resources) out += fmt::format(" {}", resource.word);
  return out;
}

const ResourceGroup* Haresources::find(std::string_view key) const {
  const auto found = std::ranges::find(groups, key, &ResourceGroup::key);
  return found == groups.end() ? nullptr : &*found;
}

Parsed<Haresources> parse_haresources(const Source& source, std::span<const std::string> nodes) {
  Parsed<Haresources> result;
  StartCheck(source, nodes, result.diagnostics).run();
  Expander(source, result).run();
  for (Diagnostic& d : copy_damage(source)) result.diagnostics.push_back(std::move(d));
  std::ranges::stable_sort(result.diagnostics, {},
                           [](const Diagnostic& d) { return d.where.begin; });
  return result;
}

Resource resource_from_word(std::string_view word) {
  Resource resource;
  resource.word = word;
  const std::size_t colons = word.find("::");
  resource.agent = word.substr(0, colons);
  if (looks_like_ipv4(word)) resource.agent = "IPaddr";
  if (colons == std::string_view::npos) {
    if (resource.agent != word) resource.arguments.emplace_back(word);
    return resource;
  }
  std::string arguments;
  for (std::size_t at = colons + 2; at < word.size();) {
    const bool separator = word.substr(at, 2) == "::";
    arguments += separator ? ' ' : word[at];
    at += separator ? 2 : 1;
  }
  for (const Word& argument : split_words({arguments, {}}, Commas::kOrdinary))
    resource.arguments.emplace_back(argument.text);
  return resource;
}

bool owned_by_status_output(std::string_view output) {
  const auto has_running = [](std::string_view text) {
    return text.find("running") != std::string_view::npos ||
           text.find("Running") != std::string_view::npos;
  };
  // "not", a blank, and "running" anywhere behind them; the first such "not " sees the most.
  const std::string lower = lower_case(output);
  const std::size_t negation = lower.find("not ");
  if (negation != std::string::npos && has_running(output.substr(negation + 4))) return false;
  return has_running(output) || output.find("OK") != std::string_view::npos;
}

std::optional<std::filesystem::path> find_agent(const Machine& machine, std::string_view agent,
                                                std::span<const std::string_view> directories) {
  for (std::string_view directory : directories) {
    // Appended as text: a name with a leading slash stays below the directory, as it always did.
    const std::filesystem::path path = fmt::format("{}/{}", directory, agent);
    const FileState state = machine.file_state(path);
    if (state.kind == FileKind::kRegular && state.executable) return path;
  }
  return std::nullopt;
}

bool is_pattern(std::string_view argument) {
  return argument.find_first_of("*?[") != std::string_view::npos;
}

std::vector<std::string> expand_arguments(const Machine& machine, const Resource& resource,
                                          const std::filesystem::path& directory) {
  std::vector<std::string> out;
  for (const std::string& argument : resource.arguments) {
    std::vector<std::string> matches;
    if (is_pattern(argument)) matches = machine.glob(directory, argument);
    if (matches.empty())
      out.push_back(argument);
    else
      std::ranges::move(matches, std::back_inserter(out));
  }
  return out;
}

}  // namespace um::parsers
