// forms.hpp - the two textual shapes of a message, without signatures. Internal to this room.
//
// Spec: heartbeat wire 1.1 and 1.2. Each form has a scanner, which checks the framing and finds the
// token without building anything (so a forged packet costs one pass over its bytes), a reader and
// a writer. Struct values are kept as string form of their own in a Field, whichever form they
// came in.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "wire/codec.hpp"

namespace um::wire {

inline constexpr std::string_view kStringStart = ">>>\n";
inline constexpr std::string_view kStringEnd = "<<<\n";
inline constexpr std::string_view kNetstringStart = "###\n";
inline constexpr std::string_view kNetstringEnd = "%%%\n";

/// What a scanner found: the signed bytes and the token over them, or what is broken.
struct Scan {
  std::string signed_bytes;
  std::optional<std::string_view> token;  // absent: no auth field, no trailer
  std::string_view src;                   // claimed, for the log only
  std::optional<Rejection> rejection;
};

Scan scan_string(std::string_view packet);
Scan scan_netstring(std::string_view packet);

/// `depth` is the number of structs around this message.
Decoded read_string(std::string_view text, unsigned depth = 0);
Decoded read_netstring(std::string_view text, unsigned depth = 0);

std::string write_string(const Message& message, unsigned depth = 0);
std::string write_netstring(const Message& message, unsigned depth = 0);

/// One field as string form signs and sends it, with its line end.
std::string string_line(const Field& field, unsigned depth = 0);

/// `LEN:item,` repeated, below kMaxList bytes in all.
bool well_formed_list(std::string_view list);

/// Decompresses at most kMaxMessage bytes of a "zlib" or "bz2" stream.
Decoded read_compressed(std::string_view payload, std::string_view algorithm);

Decoded reject(Reason reason, std::vector<LogLine> lines = {});

/// Packet bytes made safe for a log: anything but printable ASCII as \xNN, at most 200 bytes.
std::string printable(std::string_view bytes);

}  // namespace um::wire
