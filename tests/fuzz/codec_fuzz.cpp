// Any bytes may come from the network: decoding must refuse or yield a message that both forms
// carry back unchanged.
#include <cstdlib>

#include "wire/codec.hpp"
#include "wire/stream.hpp"

namespace {

using namespace um::wire;

const Keyring& keys() {
  static const Keyring ring = [] {
    Keyring made;
    made.set(1, {Method::kSha1, "SecretKey1"});
    made.set(2, {Method::kMd5, "OtherKey"});
    made.set(3, {Method::kCrc, ""});
    made.select(3);
    return made;
  }();
  return ring;
}

void require(bool condition) {
  if (!condition) std::abort();
}

void round_trip(const Message& message, Form form) {
  if (encode_plain(message, form).size() > kMaxPacket) return;
  Decoded again = decode_plain(encode_plain(message, form));
  require(again.ok() && again.message == message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  decode_packet(bytes, keys());

  Decoded plain = decode_plain(bytes);
  if (plain.ok()) {
    round_trip(plain.message, Form::kString);
    round_trip(plain.message, Form::kNetstring);
    for (const Field& field : plain.message.fields()) open_nested(plain.message, field);
    Message unsigned_message = plain.message;
    unsigned_message.erase("auth");
    std::string packet = encode_packet(unsigned_message, keys(), Form::kString);
    bool compressed = unsigned_message.has("_compressed_payload");  // opened, perhaps damaged
    bool genuine = decode_packet(packet, keys()).ok();
    require(genuine || compressed || packet.size() > kMaxPacket);
  }

  StreamReader reader;
  for (const std::string& text : reader.feed(bytes)) decode_plain(text);
  return 0;
}
