// The string form: `>>>`, a line per field, `<<<` (wire 1.1).
#include <algorithm>

#include <fmt/format.h>

#include "wire/base64.hpp"
#include "wire/forms.hpp"

namespace um::wire {
namespace {

// What ends a line inside how many structs, and what stands for a line end inside a text value.
constexpr std::string_view kLineEnds =
    "\n\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x0f\x10\x11\x12";
static_assert(kLineEnds.size() == kMaxDepth + 1);
constexpr char kNewlineInValue = '\x13';

struct Line {
  std::string_view whole;  // with its line end, as signed
  std::string_view name;
  std::string_view value;
  FieldType type = FieldType::kString;
};

std::optional<FieldType> type_of(char digit) {
  if (digit < '0' || digit > '4') return std::nullopt;  // 5 is never sent
  return static_cast<FieldType>(digit - '0');
}

Rejection malformed(std::string_view line, std::string_view complaint) {
  using enum LogLine::Level;
  return {Reason::kMalformed,
          {{kWarn, std::string(complaint)},
           {kInfo, printable(line)},
           {kError, "NV failure (string2msg_ll):"}}};
}

// Walks the lines of one message; `next` ends at the end marker or at the end of the text.
class Lines {
 public:
  Lines(std::string_view text, unsigned depth) : rest_(text), end_(kLineEnds[depth]) {
    marker_ok_ = take_marker(">>>");
  }

  bool next(Line& line) {
    while (!rejection_) {
      if (rest_.empty() || take_marker("<<<")) return finish();
      std::string_view whole = take_line();
      if (whole.size() == 1 && whole.front() == end_) continue;  // blank lines are skipped
      return split(whole, line);
    }
    return false;
  }

  std::optional<Rejection> rejection() const {
    return marker_ok_ ? rejection_ : malformed(rest_, "message does not start with '>>>'");
  }

 private:
  bool take_marker(std::string_view marker) {
    if (!rest_.starts_with(marker) || rest_.size() <= marker.size() || rest_[marker.size()] != end_)
      return false;
    rest_.remove_prefix(marker.size() + 1);
    return true;
  }

  // A single NUL may follow the end marker, nothing else (wire 1.1).
  bool finish() {
    if (!rest_.empty() && rest_ != std::string_view("\0", 1))
      rejection_ = malformed(rest_, "bytes behind the end marker");
    return false;
  }

  std::string_view take_line() {
    std::size_t length = rest_.find(end_);
    length = length == std::string_view::npos ? rest_.size() : length + 1;
    std::string_view line = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return line;
  }

  bool split(std::string_view whole, Line& line) {
    std::string_view text = whole;
    if (text.back() == end_) text.remove_suffix(1);
    line = {whole, text, {}, FieldType::kString};
    if (text.size() > 2 && text[0] == '(' && text[1] >= '0' && text[1] <= '9' && text[2] == ')') {
      auto type = type_of(text[1]);
      if (!type) return fail(text, "unknown field type");
      line.type = *type;
      text.remove_prefix(3);
    }
    std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return fail(text, "ha_msg_add_nv_depth: line doesn't contain '='");
    if (++count_ > kMaxFields) return fail(text, "too many fields");
    line.name = text.substr(0, equals);
    line.value = text.substr(equals + 1);
    return true;
  }

  bool fail(std::string_view line, std::string_view complaint) {
    rejection_ = malformed(line, complaint);
    return false;
  }

  std::string_view rest_;
  char end_;
  bool marker_ok_ = false;
  std::size_t count_ = 0;
  std::optional<Rejection> rejection_;
};

std::string replace(std::string_view text, char from, char to) {
  std::string out(text);
  for (char& c : out)
    if (c == from) c = to;
  return out;
}

// The value as a Field keeps it; nothing when its encoding is broken.
std::optional<std::string> plain_value(const Line& line, unsigned depth) {
  switch (line.type) {
    case FieldType::kString: return replace(line.value, kNewlineInValue, '\n');
    case FieldType::kBinary:
    case FieldType::kCompressed: return base64_decode(line.value);
    case FieldType::kList:
      return well_formed_list(line.value) ? std::optional(std::string(line.value)) : std::nullopt;
    case FieldType::kStruct: break;
  }
  if (depth == kMaxDepth) return std::nullopt;
  Decoded nested = read_string(line.value, depth + 1);
  return nested.ok() ? std::optional(write_string(nested.message)) : std::nullopt;
}

std::string wire_value(const Field& field, unsigned depth) {
  switch (field.type) {
    case FieldType::kString: return replace(field.value, '\n', kNewlineInValue);
    case FieldType::kBinary:
    case FieldType::kCompressed: return base64_encode(field.value);
    case FieldType::kList: return field.value;
    case FieldType::kStruct: break;
  }
  if (depth == kMaxDepth) return {};
  return write_string(read_string(field.value).message, depth + 1);
}

}  // namespace

bool well_formed_list(std::string_view list) {
  if (list.size() >= kMaxList) return false;
  while (!list.empty()) {
    std::size_t length = 0, digits = 0;
    while (digits < list.size() && digits < 4 && list[digits] >= '0' && list[digits] <= '9')
      length = length * 10 + static_cast<std::size_t>(list[digits++] - '0');
    if (digits == 0 || digits + length + 2 > list.size() || list[digits] != ':' ||
        list[digits + 1 + length] != ',')
      return false;
    list.remove_prefix(digits + length + 2);
  }
  return true;
}

Scan scan_string(std::string_view packet) {
  Scan scan;
  Lines lines(packet, 0);
  for (Line line; lines.next(line);) {
    if (line.name == "src" && scan.src.empty()) scan.src = line.value;
    if (line.name != "auth")
      scan.signed_bytes += line.whole;
    else if (!scan.token)
      scan.token = line.value;
  }
  scan.rejection = lines.rejection();
  return scan;
}

Decoded read_string(std::string_view text, unsigned depth) {
  Decoded decoded;
  Lines lines(text, depth);
  for (Line line; lines.next(line);) {
    auto value = plain_value(line, depth);
    if (!value) return reject(Reason::kMalformed, malformed(line.whole, "broken value").lines);
    decoded.message.append({std::string(line.name), std::move(*value), line.type});
  }
  decoded.rejection = lines.rejection();
  return decoded;
}

std::string string_line(const Field& field, unsigned depth) {
  std::string line;
  if (field.type != FieldType::kString) line = fmt::format("({})", static_cast<int>(field.type));
  return line + field.name + '=' + wire_value(field, depth) + kLineEnds[depth];
}

std::string write_string(const Message& message, unsigned depth) {
  std::string text = std::string(">>>") + kLineEnds[depth];
  for (const Field& field : message.fields()) text += string_line(field, depth);
  return text + "<<<" + kLineEnds[depth];
}

bool fits_string_form(const Message& message) {
  // 0x0f..0x1f are line ends somewhere, in a struct or for a line end in a value.
  auto structural = [](char c) { return c == '\0' || (c >= '\x0f' && c <= '\x1f'); };
  for (const Field& field : message.fields()) {
    const std::string& name = field.name;
    bool typed = name.size() > 2 && name[0] == '(' && name[2] == ')';
    if (name.empty() || typed || name.find_first_of("=\n\r") != std::string::npos ||
        std::ranges::any_of(name, structural))
      return false;
    bool text = field.type == FieldType::kString || field.type == FieldType::kList;
    if (text && std::ranges::any_of(field.value, structural)) return false;
    if (field.type == FieldType::kList && field.value.find('\n') != std::string::npos) return false;
    if (field.type == FieldType::kStruct && !fits_string_form(read_string(field.value).message))
      return false;
  }
  return true;
}

}  // namespace um::wire
