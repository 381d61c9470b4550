// message.hpp - a heartbeat message: an ordered list of named, typed fields.
//
// Spec: heartbeat wire 1 and 2. Order matters (the digest follows it), duplicates are kept and the
// first one wins on look-up. A Message knows nothing of bytes on the wire (codec.hpp) nor of keys
// (auth.hpp).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace um::wire {

/// The type digit of a field (wire 1.1). Struct fields hold the nested message's string form until
/// somebody asks for it.
enum class FieldType : std::uint8_t {
  kString = 0,
  kBinary = 1,
  kStruct = 2,
  kList = 3,
  kCompressed = 4,
};

struct Field {
  std::string name;
  std::string value;  // raw bytes: binary is not base64 here
  FieldType type = FieldType::kString;

  bool operator==(const Field&) const = default;
};

class Message {
 public:
  Message() = default;
  explicit Message(std::string_view type) { set("t", type); }

  /// First field of that name, nullptr when absent.
  const Field* find(std::string_view name) const;
  /// Value of the first field of that name; empty when absent.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// Hexadecimal or decimal number; nothing when the field is absent, not a number or does not fit.
  std::optional<std::uint64_t> hex(std::string_view name) const;
  std::optional<std::uint64_t> decimal(std::string_view name) const;

  /// Overwrites the first field of that name in place, else appends (wire 2, "field order as
  /// sent").
  Message& set(std::string_view name, std::string_view value, FieldType type = FieldType::kString);
  Message& set_hex(std::string_view name, std::uint64_t value);
  Message& append(Field field);
  void erase(std::string_view name);

  std::string_view type() const { return get("t"); }
  const std::vector<Field>& fields() const { return fields_; }
  bool operator==(const Message&) const = default;

 private:
  std::vector<Field> fields_;
};

}  // namespace um::wire
