#include "wire/codec.hpp"

#include <fmt/format.h>

#include "wire/forms.hpp"

namespace um::wire {
namespace {

std::optional<Form> form_of(std::string_view bytes) {
  if (bytes.starts_with(kStringStart)) return Form::kString;
  if (bytes.starts_with(kNetstringStart)) return Form::kNetstring;
  return std::nullopt;
}

LogLine warn(std::string text, bool always = false) {
  return {LogLine::Level::kWarn, std::move(text), always};
}

// The lines of wire 9.4 for a token that is missing, unknown or wrong. The computed digest, which
// the old line shows, is left out: it would sign the forger's message for whoever reads the log.
Rejection unauthentic(Form form, Reason reason, const Scan& scan, const Token& token) {
  Rejection rejection{reason, {}};
  auto& lines = rejection.lines;
  if (form == Form::kString) {
    if (reason == Reason::kUnknownKey)
      lines.push_back(
          warn(fmt::format("Invalid authentication type [{}] in message!", token.index), true));
    if (reason == Reason::kNoToken)
      lines.push_back(
          warn(fmt::format("Bad/invalid auth token, authtoken={}",
                           scan.token ? printable(*scan.token) : std::string("(nil)"))));
    lines.push_back(
        warn(fmt::format("string2msg_ll: node [{}] failed authentication", printable(scan.src))));
    return rejection;
  }
  std::string text = scan.token ? printable(*scan.token) : std::string();
  if (reason == Reason::kUnknownKey)
    lines.push_back(warn(fmt::format("Invalid authentication [{}] in message!", token.index)));
  else if (reason == Reason::kWrongDigest)
    lines.push_back({LogLine::Level::kError,
                     fmt::format("authtoken does not match, authtoken={}, authstr=(not shown)",
                                 printable(token.digest))});
  lines.push_back(
      {LogLine::Level::kError, fmt::format("netstring authentication failed, s={}, autotoken={}",
                                           printable(scan.signed_bytes), text)});
  return rejection;
}

std::optional<Rejection> check(Form form, const Scan& scan, const Keyring& keys) {
  if (scan.rejection) return scan.rejection;
  auto token = scan.token ? parse_token(*scan.token) : std::nullopt;
  if (!token) return unauthentic(form, Reason::kNoToken, scan, {});
  switch (keys.verify(*token, scan.signed_bytes)) {
    case Verdict::kGenuine: return std::nullopt;
    case Verdict::kUnknownIndex: return unauthentic(form, Reason::kUnknownKey, scan, *token);
    case Verdict::kWrongDigest: break;
  }
  return unauthentic(form, Reason::kWrongDigest, scan, *token);
}

Decoded read(Form form, std::string_view bytes) {
  return form == Form::kString ? read_string(bytes) : read_netstring(bytes);
}

// A whole message in compressed shape has exactly these two fields (wire 1.6).
const Field* compressed_payload(const Message& message) {
  const Field* payload = message.find("_compressed_payload");
  return payload && payload->type == FieldType::kBinary ? payload : nullptr;
}

}  // namespace

Decoded reject(Reason reason, std::vector<LogLine> lines) {
  Decoded decoded;
  decoded.rejection = Rejection{reason, std::move(lines)};
  return decoded;
}

std::string printable(std::string_view bytes) {
  constexpr std::size_t kMost = 200;
  std::string text;
  for (unsigned char c : bytes.substr(0, kMost)) {
    if (c >= ' ' && c < 0x7f)
      text += static_cast<char>(c);
    else
      text += fmt::format("\\x{:02x}", c);
  }
  return bytes.size() > kMost ? text + "..." : text;
}

Decoded decode_packet(std::string_view packet, const Keyring& keys) {
  auto form = form_of(packet);
  if (!form) return reject(Reason::kForeign);
  if (packet.size() > kMaxPacket)
    return reject(Reason::kTooLarge, {warn(fmt::format("packet exceeds {} bytes", kMaxPacket))});
  Scan scan = *form == Form::kString ? scan_string(packet) : scan_netstring(packet);
  if (auto rejection = check(*form, scan, keys))
    return reject(rejection->reason, std::move(rejection->lines));
  Decoded decoded =
      read(*form, *form == Form::kString ? packet : std::string_view(scan.signed_bytes));
  const Field* payload = decoded.ok() ? compressed_payload(decoded.message) : nullptr;
  if (!payload) return decoded;
  Decoded inner = read_compressed(payload->value, decoded.message.get("_compression_algorithm"));
  inner.form = *form;
  return inner;
}

Decoded decode_packet(std::span<const std::byte> packet, const Keyring& keys) {
  return decode_packet(
      std::string_view(reinterpret_cast<const char*>(packet.data()), packet.size()), keys);
}

Decoded decode_plain(std::string_view bytes) {
  auto form = form_of(bytes);
  if (!form) return reject(Reason::kForeign);
  if (bytes.size() > kMaxMessage)
    return reject(Reason::kTooLarge, {warn(fmt::format("message exceeds {} bytes", kMaxMessage))});
  return read(*form, bytes);
}

std::string encode_packet(const Message& message, const Keyring& keys, Form form) {
  if (form == Form::kNetstring || !fits_string_form(message)) {
    std::string packet = write_netstring(message);
    std::string token = keys.sign(packet);
    return packet + fmt::format("{}:{},", token.size(), token);
  }
  std::string lines;
  for (const Field& field : message.fields())
    if (field.name != "auth") lines += string_line(field);
  return fmt::format(">>>\n{}auth={}\n<<<\n", lines, keys.sign(lines)) + '\0';
}

std::string encode_plain(const Message& message, Form form) {
  if (form == Form::kNetstring || !fits_string_form(message)) return write_netstring(message);
  return write_string(message);
}

Form datagram_form(const Message& message, Form configured) {
  for (const Field& field : message.fields())
    if (field.type == FieldType::kStruct || field.type == FieldType::kCompressed)
      return Form::kNetstring;
  return fits_string_form(message) ? configured : Form::kNetstring;
}

Decoded open_nested(const Message& parent, const Field& field) {
  if (field.type == FieldType::kStruct) return decode_plain(field.value);
  if (field.type == FieldType::kCompressed)
    return read_compressed(field.value, parent.get("_compression_algorithm"));
  return reject(Reason::kForeign);
}

std::string_view name_of(Form form) {
  return form == Form::kString ? "string" : "netstring";
}

}  // namespace um::wire
