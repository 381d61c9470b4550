// The netstring form: `###`, counted fields, `%%%`, and on the network a counted token (wire 1.2).
#include <fmt/format.h>

#include "wire/forms.hpp"

namespace um::wire {
namespace {

// `LEN:bytes,` at the front of `rest`; nothing, and `rest` untouched, when it is not that.
std::optional<std::string_view> take_counted(std::string_view& rest) {
  std::size_t length = 0, digits = 0;
  while (digits < rest.size() && digits < 7 && rest[digits] >= '0' && rest[digits] <= '9')
    length = length * 10 + static_cast<std::size_t>(rest[digits++] - '0');
  if (digits == 0 || digits + length + 2 > rest.size()) return std::nullopt;
  if (rest[digits] != ':' || rest[digits + 1 + length] != ',') return std::nullopt;
  if (digits > 1 && rest[0] == '0') return std::nullopt;  // no leading zeros
  std::string_view bytes = rest.substr(digits + 1, length);
  rest.remove_prefix(digits + length + 2);
  return bytes;
}

struct Item {
  std::string_view name;
  std::string_view value;
  FieldType type = FieldType::kString;
};

std::optional<Item> split(std::string_view bytes) {
  if (bytes.size() < 4 || bytes[0] != '(' || bytes[2] != ')') return std::nullopt;
  if (bytes[1] < '0' || bytes[1] > '4') return std::nullopt;
  std::size_t equals = bytes.find('=', 3);
  if (equals == std::string_view::npos || equals == 3) return std::nullopt;
  return Item{bytes.substr(3, equals - 3), bytes.substr(equals + 1),
              static_cast<FieldType>(bytes[1] - '0')};
}

// Walks the fields up to and with the end marker; what follows is in rest().
class Items {
 public:
  explicit Items(std::string_view text) : rest_(text) {
    intact_ = rest_.starts_with(kNetstringStart);
    if (intact_) rest_.remove_prefix(kNetstringStart.size());
  }

  bool next(Item& item) {
    if (!intact_) return false;
    if (rest_.starts_with(kNetstringEnd)) {
      rest_.remove_prefix(kNetstringEnd.size());
      complete_ = true;
      return false;
    }
    auto bytes = take_counted(rest_);
    auto found = bytes ? split(*bytes) : std::nullopt;
    intact_ = found && ++count_ <= kMaxFields;
    if (intact_) item = *found;
    return intact_;
  }

  bool complete() const { return complete_; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool intact_ = false;
  bool complete_ = false;
  std::size_t count_ = 0;
};

Rejection malformed(std::string_view at) {
  return {Reason::kMalformed,
          {{LogLine::Level::kError,
            fmt::format("peel_netstring: Couldn't parse an int starting at: {}", printable(at))}}};
}

Rejection no_trailer(std::string_view packet, std::string_view rest) {
  using enum LogLine::Level;
  return {Reason::kNoToken,
          {{kError, "peel_netstring: Couldn't parse an int starting at: " + printable(rest)},
           {kError, "peel_netstring() error in getting auth string"},
           {kError, "sp=" + printable(rest)},
           {kError, "s=" + printable(packet)}}};
}

std::optional<std::string> plain_value(const Item& item, unsigned depth) {
  if (item.type == FieldType::kList && !well_formed_list(item.value)) return std::nullopt;
  if (item.type != FieldType::kStruct) return std::string(item.value);
  if (depth == kMaxDepth) return std::nullopt;
  Decoded nested = read_netstring(item.value, depth + 1);
  return nested.ok() ? std::optional(write_string(nested.message)) : std::nullopt;
}

}  // namespace

Scan scan_netstring(std::string_view packet) {
  Scan scan;
  Items items(packet);
  for (Item item; items.next(item);)
    if (item.name == "src" && scan.src.empty()) scan.src = item.value;
  std::string_view rest = items.rest();
  if (!items.complete()) {
    scan.rejection = malformed(rest);
    return scan;
  }
  scan.signed_bytes = packet.substr(0, packet.size() - rest.size());
  std::string_view tail = rest;
  scan.token = take_counted(tail);
  bool ends = tail.empty() || tail == std::string_view("\0", 1);
  if (!scan.token || !ends) scan.rejection = no_trailer(packet, rest);
  return scan;
}

Decoded read_netstring(std::string_view text, unsigned depth) {
  Decoded decoded;
  decoded.form = Form::kNetstring;
  Items items(text);
  for (Item item; items.next(item);) {
    auto value = plain_value(item, depth);
    if (!value) return reject(Reason::kMalformed, malformed(item.value).lines);
    decoded.message.append({std::string(item.name), std::move(*value), item.type});
  }
  if (!items.complete()) decoded.rejection = malformed(items.rest());
  return decoded;
}

std::string write_netstring(const Message& message, unsigned depth) {
  std::string text(kNetstringStart);
  for (const Field& field : message.fields()) {
    bool nested = field.type == FieldType::kStruct && depth < kMaxDepth;
    std::string value =
        nested ? write_netstring(read_string(field.value).message, depth + 1) : field.value;
    text += fmt::format("{}:({}){}={},", 4 + field.name.size() + value.size(),
                        static_cast<int>(field.type), field.name, value);
  }
  return text.append(kNetstringEnd);
}

}  // namespace um::wire
