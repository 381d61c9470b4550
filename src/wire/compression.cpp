// Whole messages and fields that were compressed by the sender (wire 1.6). Never sent by us.
#include <bzlib.h>
#include <fmt/format.h>
#include <zlib.h>

#include "wire/forms.hpp"

namespace um::wire {
namespace {

enum class Inflate : std::uint8_t { kDone, kTooLarge, kDamaged };

// One call into a buffer of the largest message allowed: a bomb is stopped by its size, not by how
// much it pretends to hold.
Inflate inflate_zlib(std::string_view in, std::string& out) {
  auto size = static_cast<uLongf>(out.size());
  int code = uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                        reinterpret_cast<const Bytef*>(in.data()), static_cast<uLong>(in.size()));
  out.resize(size);
  return code == Z_OK          ? Inflate::kDone
         : code == Z_BUF_ERROR ? Inflate::kTooLarge
                               : Inflate::kDamaged;
}

Inflate inflate_bz2(std::string_view in, std::string& out) {
  auto size = static_cast<unsigned>(out.size());
  int code = BZ2_bzBuffToBuffDecompress(out.data(), &size, const_cast<char*>(in.data()),
                                        static_cast<unsigned>(in.size()), 0, 0);
  out.resize(size);
  return code == BZ_OK             ? Inflate::kDone
         : code == BZ_OUTBUFF_FULL ? Inflate::kTooLarge
                                   : Inflate::kDamaged;
}

LogLine error(std::string text) {
  return {LogLine::Level::kError, std::move(text)};
}

}  // namespace

Decoded read_compressed(std::string_view payload, std::string_view algorithm) {
  std::string text(kMaxMessage, '\0');
  Inflate result = Inflate::kDamaged;
  if (algorithm == "zlib")
    result = inflate_zlib(payload, text);
  else if (algorithm == "bz2")
    result = inflate_bz2(payload, text);
  else
    return reject(Reason::kCompression,
                  {error(fmt::format("unknown compression algorithm [{}]", printable(algorithm)))});
  if (result == Inflate::kTooLarge)
    return reject(Reason::kTooLarge,
                  {error(fmt::format("decompressed message exceeds {} bytes", kMaxMessage))});
  if (result == Inflate::kDamaged)
    return reject(Reason::kCompression, {error(fmt::format("damaged {} data", algorithm))});
  return decode_plain(text);
}

}  // namespace um::wire
