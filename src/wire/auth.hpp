// auth.hpp - the keys of /etc/ha.d/authkeys, and the digests made with them.
//
// Spec: heartbeat wire 3. Every key in the ring is valid inbound, each packet is checked with the
// method and the key of the index it names (decision W2), one selected key signs. Comparison takes
// the same time for every wrong digest. What exactly is signed differs between the two wire forms
// and is the codec's business (codec.hpp): here it is just bytes.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace um::wire {

enum class Method : std::uint8_t { kCrc, kMd5, kSha1, kSha256, kSha512 };

/// The name as authkeys writes it: "crc", "md5", "sha1", "sha256", "sha512".
std::string_view name_of(Method method);
std::optional<Method> method_from_name(std::string_view name);

struct Key {
  Method method = Method::kCrc;
  std::string text;  // empty for crc

  bool operator==(const Key&) const = default;
};

/// Digest as lower-case hexadecimal text: HMAC for all methods but crc, which has no key and no
/// leading zeros (wire 3.3).
std::string digest(const Key& key, std::string_view bytes);

/// `INDEX DIGEST`, the text of an auth field or trailer.
struct Token {
  unsigned index = 0;
  std::string_view digest;  // into the text that was parsed
};

/// Nothing unless the text is a decimal index, one blank and one word.
std::optional<Token> parse_token(std::string_view text);

enum class Verdict : std::uint8_t { kGenuine, kUnknownIndex, kWrongDigest };

class Keyring {
 public:
  static constexpr unsigned kSize = 16;  // indices 0..15

  /// Adds or replaces a key. False when the index is out of range.
  bool set(unsigned index, Key key);
  /// Chooses the key that signs. False when there is no such key.
  bool select(unsigned index);

  const Key* find(unsigned index) const;
  unsigned selected() const { return selected_; }

  /// The token for `bytes` with the selected key. Empty when no key was selected.
  std::string sign(std::string_view bytes) const;
  Verdict verify(const Token& token, std::string_view bytes) const;

  bool operator==(const Keyring&) const = default;

 private:
  std::array<std::optional<Key>, kSize> keys_;
  unsigned selected_ = kSize;
};

}  // namespace um::wire
