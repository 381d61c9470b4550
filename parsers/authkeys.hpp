// authkeys.hpp - the shared keys that sign and verify heartbeat packets: text -> AuthKeys.
//
// Pure. The file's mode and owner are judged by validate() in parsers/ha_start.hpp. The rules are
// the old ones, also where they surprise (an `auth` line must stand before its key, `2 crc #
// comment` is refused: spec ha-cf 7, decision H18); the messages say the line and the fix. sha256
// and sha512 are ours, for clusters without an old node (decision W16).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/diagnostics.hpp"
#include "parsers/source.hpp"

namespace um::parsers {

enum class AuthMethod : std::uint8_t { kCrc, kMd5, kSha1, kSha256, kSha512 };
std::string_view name_of(AuthMethod method);  // "crc", "md5", "sha1", "sha256", "sha512"

struct AuthKey {
  AuthMethod method = AuthMethod::kCrc;
  std::string key;  // raw bytes; empty for crc
  Span where;
};

struct AuthKeys {
  static constexpr int kSlots = 16;

  int selected = -1;                                // index of the signing key
  std::array<std::optional<AuthKey>, kSlots> keys;  // by index; each is valid for verifying

  /// Lines that an old program would refuse, for `ultramonkey check --legacy` (decision G6).
  std::vector<Diagnostic> beyond_legacy;

  const AuthKey* signing_key() const {
    return selected >= 0 && keys[selected] ? &*keys[selected] : nullptr;
  }
};

Parsed<AuthKeys> parse_authkeys(const Source& source);

/// The same text with every key's bytes replaced by `*`, for showing lines to people: offsets stay.
Source without_secrets(const Source& source);

}  // namespace um::parsers
