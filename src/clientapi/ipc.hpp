// ipc.hpp - frames on the local sockets of heartbeat, and messages in them; pure.
//
// Spec: heartbeat-api 2. A frame is a little-endian length, the magic 0xabcd and a body of at most
// 256 KiB; a body is a message in string form with a NUL behind it, or in netstring form. A frame
// that breaks these rules ends the connection: bytes behind it cannot be understood (decision A1).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/codec.hpp"

namespace um::clientapi {

inline constexpr std::uint32_t kMagic = 0x0000abcd;
inline constexpr std::size_t kHeaderSize = 8;
inline constexpr std::size_t kMaxBody = 256 * 1024;

/// Cuts a stream into bodies. Memory is bounded by one frame.
class FrameReader {
 public:
  /// The bodies that `bytes` completes. After a bad header nothing comes any more.
  std::vector<std::string> feed(std::string_view bytes);
  bool broken() const { return broken_; }

 private:
  std::string buffer_;
  bool broken_ = false;
};

/// Nothing when the body is longer than a frame can be.
std::optional<std::string> frame(std::string_view body);

/// The frame of a message, as heartbeat sends it in that form.
std::optional<std::string> frame(const wire::Message& message,
                                 wire::Form form = wire::Form::kString);

}  // namespace um::clientapi
