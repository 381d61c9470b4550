// codec.hpp - messages to bytes and back, signed for the network or plain for this machine.
//
// Spec: heartbeat wire 1 and 3. Both wire forms are read, told apart by their first four bytes.
// decode_packet() checks the digest before it believes anything: a message comes back only when a
// key of the ring signed exactly these bytes. No input makes these functions throw, abort or use
// more memory than a small multiple of the limits below (decision W10).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/auth.hpp"
#include "wire/message.hpp"

namespace um::wire {

inline constexpr std::size_t kMaxPacket = 256 * 1024;        // wire 1.5
inline constexpr std::size_t kMaxMessage = 2 * 1024 * 1024;  // after decompression
inline constexpr std::size_t kMaxFields = 4096;              // ours: no release sends more than 30
inline constexpr unsigned kMaxDepth = 16;                    // structs in structs (wire 1.1)
inline constexpr std::size_t kMaxList = 1024;                // bytes of a list value, exclusive

enum class Form : std::uint8_t { kString, kNetstring };

enum class Reason : std::uint8_t {
  kForeign,      // neither start marker: not ours, never logged
  kMalformed,    // the framing is broken
  kNoToken,      // no auth field or trailer, or not two words
  kUnknownKey,   // the index is not in the ring
  kWrongDigest,  // forged, damaged, or another key text
  kTooLarge,     // a limit above
  kCompression,  // unknown algorithm or damaged payload
};

/// A line the legacy daemon logs for this rejection (wire 9.4). Bytes of the packet in it are
/// escaped. `log_badpack false` silences all but the lines marked `always`.
struct LogLine {
  enum class Level : std::uint8_t { kInfo, kWarn, kError } level = Level::kWarn;
  std::string text;
  bool always = false;

  bool operator==(const LogLine&) const = default;
};

struct Rejection {
  Reason reason = Reason::kForeign;
  std::vector<LogLine> lines;  // in legacy order; empty for kForeign
};

/// A message, or why there is none.
struct Decoded {
  Message message;
  Form form = Form::kString;
  std::optional<Rejection> rejection;

  bool ok() const { return !rejection; }
};

/// A packet of the network, serial line or ICMP payload. A compressed message is opened after the
/// check. The sender's `auth` field, where the form has one, stays among the fields.
Decoded decode_packet(std::span<const std::byte> packet, const Keyring& keys);
Decoded decode_packet(std::string_view packet, const Keyring& keys);

/// The same for what needs no signature: FIFO and API frames, the content of a compressed message.
/// A token that is there all the same is skipped, not checked.
Decoded decode_plain(std::string_view bytes);

/// Signed with the selected key. String form gets the token as its last field, in place of an
/// `auth` field already there, and ends in the NUL that datagrams carry (serial lines leave it
/// out). Netstring keeps the fields as they are. A message that string form cannot carry comes out
/// as netstring whatever `form` says, so that no field can pose as another.
std::string encode_packet(const Message& message, const Keyring& keys, Form form);

/// The same bytes without token and without NUL; an `auth` field is a field like any other.
std::string encode_plain(const Message& message, Form form);

/// The form a message takes on UDP and ICMP (decision W1): `configured`, but netstring when it has
/// struct or compressed fields or string form cannot carry it.
Form datagram_form(const Message& message, Form configured);

/// True when string form gives every field back unchanged: no line ends or `=` in names, no NUL or
/// structure bytes in text.
bool fits_string_form(const Message& message);

/// The message inside a struct or compressed field of `parent`. The algorithm is named by the
/// parent's `_compression_algorithm`.
Decoded open_nested(const Message& parent, const Field& field);

/// The name of a form as ha.cf's msgfmt and the tools print it: "string" or "netstring".
std::string_view name_of(Form form);

}  // namespace um::wire
