// Hand-written: the old reader is one scanf per line ("auth %d", "%d %s %s"), and what it does with
// glued words, signs and tails is what files in the field rely on (spec ha-cf 7).
#include "parsers/authkeys.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "parsers/ha_text.hpp"

namespace um::parsers {
namespace {

constexpr std::string_view kShownPath = "/etc/ha.d//authkeys";
constexpr std::size_t kShortKey = 16;  // bytes (decision W16)
constexpr std::array<std::string_view, 5> kMethods{"crc", "md5", "sha1", "sha256", "sha512"};
// The keys of the samples that every tutorial copies.
constexpr std::array<std::string_view, 7> kSampleKeys{
    "HI!", "Hello!", "secretkey", "ultramonkey", "secret", "Secret", "password"};

/// As scanf's %d: blanks, a sign, digits; 64 bits saturate and are cut to 32.
struct ScannedInt {
  std::int32_t value = 0;
  std::size_t end = 0;  // behind the number; 0: there is none
};

ScannedInt scan_int(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && is_blank(text[at])) ++at;
  const bool negative = at < text.size() && text[at] == '-';
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  std::int64_t value = 0;
  const char* begin = text.data() + at;
  const auto read = std::from_chars(begin, text.data() + text.size(), value);
  if (read.ptr == begin || text[at] == '-') return {};
  if (read.ec == std::errc::result_out_of_range) value = std::numeric_limits<std::int64_t>::max();
  return {static_cast<std::int32_t>(negative ? -value : value),
          static_cast<std::size_t>(read.ptr - text.data())};
}

std::optional<AuthMethod> method_of(std::string_view word) {
  for (std::size_t i = 0; i < kMethods.size(); ++i)
    if (kMethods[i] == word) return static_cast<AuthMethod>(i);
  return std::nullopt;
}

bool is_ours(AuthMethod method) {
  return method == AuthMethod::kSha256 || method == AuthMethod::kSha512;
}

class Reader {
 public:
  explicit Reader(const Source& source) : source_(source) {}

  Parsed<AuthKeys> read() {
    for (std::size_t number = 1; number <= source_.line_count(); ++number) {
      const PhysicalLine line = physical_line(source_, number);
      if (line.too_long)
        result_.diagnostics.push_back(line_too_long(line));
      else
        read_line(cut_at(line.text, std::string_view("\0", 1)));
    }
    judge_selection();
    for (Diagnostic& d : copy_damage(source_)) result_.diagnostics.push_back(std::move(d));
    return std::move(result_);
  }

 private:
  void read_line(const Word& raw) {
    const std::size_t skip = std::min(raw.text.find_first_not_of(" \t\n\r\f"), raw.text.size());
    const Word line{raw.text.substr(skip), {raw.where.begin + skip, raw.where.end}};
    if (line.text.empty() || line.text[0] == '#') return;
    last_number_ = -1;
    if (line.text[0] == 'a')
      read_auth(raw, line);
    else
      read_key(raw, line);
  }

  void read_auth(const Word& raw, const Word& line) {
    const std::string_view shown = split_head(line).head.text;
    const ScannedInt number =
        line.text.starts_with("auth") ? scan_int(line.text.substr(4)) : ScannedInt{};
    if (number.end == 0) {
      error(split_head(line).head, fmt::format("\"{}\" is not an auth line", shown),
            "expected `auth NUMBER`, the number of the key that signs",
            fmt::format("ERROR: Invalid auth line [{}] in {}", raw.text, kShownPath));
      return;
    }
    wanted_ = number.value;
    wanted_where_ = split_head(line).head.where;
  }

  void read_key(const Word& raw, const Word& line) {
    const ScannedInt number = scan_int(line.text);
    const Word behind{line.text.substr(number.end),
                      {line.where.begin + number.end, line.where.end}};
    const HeadAndRest method = split_head(behind);
    if (number.end != 0) last_number_ = number.value;
    if (number.end == 0 || method.head.text.empty()) {
      refuse_line(raw, line, number);
      return;
    }
    const Word shown_number{line.text.substr(0, number.end),
                            {line.where.begin, line.where.begin + number.end}};
    if (number.value < 0 || number.value >= AuthKeys::kSlots) {
      error(shown_number, fmt::format("key number {} is out of range", number.value),
            fmt::format("expected 0 to {}", AuthKeys::kSlots - 1),
            fmt::format("ERROR: Invalid authnum [{}] in {}", number.value, kShownPath));
      return;
    }
    read_method(number.value, shown_number, method);
  }

  void refuse_line(const Word& raw, const Word& line, const ScannedInt& number) {
    const Word word = split_head(line).head;
    std::string hint = odd_character_hint(word.text);
    if (hint.empty()) hint = "expected `auth NUMBER` or `NUMBER METHOD KEY`, as in `1 sha1 SECRET`";
    if (lower_case(word.text) == "auth") hint = "write auth in lower case";
    error(word,
          number.end == 0 ? fmt::format("\"{}\" is neither an auth line nor a key", word.text)
                          : fmt::format("key {} has no method", number.value),
          hint, fmt::format("ERROR: Auth line [{}] is invalid.", raw.text));
  }

  void read_method(int number, const Word& shown_number, const HeadAndRest& words) {
    const Word& method = words.head;
    const std::optional<AuthMethod> known = method_of(method.text);
    if (!known) {
      refuse_method(method);
      return;
    }
    if (!is_ours(*known)) loaded_[static_cast<std::size_t>(*known)] = true;
    const Word key = split_head(words.rest).head;
    if (*known == AuthMethod::kCrc && !key.text.empty()) {
      error(key, "crc takes no key",
            key.text.starts_with('#') ? "a comment needs a line of its own here"
                                      : "delete the word, or use sha1",
            "info: Auth method [crc] doesn't use a key");
      return;
    }
    if (*known != AuthMethod::kCrc && key.text.empty()) {
      error(method, fmt::format("{} needs a key", method.text),
            fmt::format("write `{} {} SECRET`", number, method.text),
            fmt::format("ERROR: Auth method [{}] requires a key", method.text));
      return;
    }
    take(number, {*known, std::string(key.text), {shown_number.where.begin, method.where.end}},
         key);
  }

  void refuse_method(const Word& method) {
    const std::string lower = lower_case(method.text);
    std::string_view near = method_of(lower) ? kMethods[static_cast<std::size_t>(*method_of(lower))]
                                             : nearest(lower, kMethods);
    std::string hint = "expected sha1, md5 or crc";
    if (!near.empty()) hint += fmt::format(" - did you mean \"{}\"?", near);
    const auto loaded = std::ranges::count(loaded_, true);
    error(
        method, fmt::format("unknown method \"{}\"", method.text), hint,
        fmt::format("ERROR: LoadPlugin on {0} returned 5: No such plugin/interface/interface type\n"
                    "ERROR: Lookup extended#2 returned FALSE for {0}\n"
                    "ERROR: Table size: {1}\n"
                    "ERROR: Invalid authtype [{0}]",
                    method.text, loaded));
  }

  void take(int number, AuthKey key, const Word& key_word) {
    std::optional<AuthKey>& slot = result_.value.keys[static_cast<std::size_t>(number)];
    if (slot) warn(key.where, fmt::format("key {} is given again", number), "this line counts");
    judge_strength(key, key_word);
    if (is_ours(key.method))
      result_.value.beyond_legacy.push_back(
          {Severity::kWarning,
           key.where,
           fmt::format("heartbeat 3.0.6 does not know {}", name_of(key.method)),
           "only when no old node is left in the cluster",
           {}});
    slot = std::move(key);
    if (number == wanted_) result_.value.selected = number;
  }

  void judge_strength(const AuthKey& key, const Word& word) {
    if (key.method == AuthMethod::kCrc) return;  // whether crc is enough depends on the media
    if (key.method == AuthMethod::kMd5)
      warn(key.where, "md5 is weak", "sha1 is known to every release");
    for (std::string_view sample : kSampleKeys)
      if (key.key == sample) {
        warn(word.where, "this key is the one of a sample file", "take a secret of your own");
        return;
      }
    if (key.key.size() < kShortKey)
      warn(word.where, fmt::format("this key has only {} bytes", key.key.size()),
           fmt::format("take at least {}: head -c 18 /dev/urandom | base64", kShortKey));
  }

  void judge_selection() {
    if (result_.value.selected >= 0) return;
    const std::size_t end = source_.text().size();
    if (wanted_ < 0) {
      error({{}, {end, end}}, "there is no auth line",
            "add `auth NUMBER` above the keys: the number of the key that signs",
            fmt::format("ERROR: Missing auth directive in keyfile [{}]", kShownPath));
      return;
    }
    const bool exists =
        wanted_ < AuthKeys::kSlots && result_.value.keys[static_cast<std::size_t>(wanted_)];
    // When its line has been refused above, only the old log repeats it.
    const bool said = refused_.contains(wanted_);
    error({{}, wanted_where_},
          said     ? std::string{}
          : exists ? fmt::format("key {} stands above its auth line", wanted_)
                   : fmt::format("there is no usable key {}", wanted_),
          exists ? "move the auth line above the keys"
                 : fmt::format("add `{} sha1 SECRET` below the auth line", wanted_),
          fmt::format("ERROR: Auth Key [{}] not found in keyfile [{}]", wanted_, kShownPath));
  }

  void error(const Word& at, std::string message, std::string hint, std::string legacy) {
    refused_.insert(last_number_);
    result_.diagnostics.push_back(
        {Severity::kError, at.where, std::move(message), std::move(hint), std::move(legacy)});
  }
  void warn(Span at, std::string message, std::string hint) {
    result_.diagnostics.push_back(
        {Severity::kWarning, at, std::move(message), std::move(hint), {}});
  }

  const Source& source_;
  Parsed<AuthKeys> result_;
  std::int32_t wanted_ = -1;  // of the last auth line; its key must still come
  Span wanted_where_;
  std::int32_t last_number_ = -1;  // of the line being read, if it is a key
  std::set<std::int32_t> refused_;
  std::array<bool, kMethods.size()> loaded_{};
};

}  // namespace

std::string_view name_of(AuthMethod method) {
  return kMethods[static_cast<std::size_t>(method)];
}

Parsed<AuthKeys> parse_authkeys(const Source& source) {
  return Reader(source).read();
}

Source without_secrets(const Source& source) {
  std::string text(source.text());
  for (std::size_t number = 1; number <= source.line_count(); ++number) {
    const HeadAndRest first = split_head(physical_line(source, number).text);
    if (first.head.text.starts_with('#') || first.head.text.starts_with("auth")) continue;
    // `1sha1 KEY` is as good as `1 sha1 KEY`: with a glued number the key is the second word.
    const bool glued = first.head.text.find_first_not_of("+-0123456789") != std::string_view::npos;
    const Word secret = glued ? first.rest : split_head(first.rest).rest;
    for (std::size_t at = secret.where.begin; at < secret.where.end; ++at)
      if (!is_blank(text[at])) text[at] = '*';
  }
  return {source.name(), std::move(text)};
}

}  // namespace um::parsers
