#include "clientapi/ipc.hpp"

namespace um::clientapi {
namespace {

std::uint32_t little(std::string_view bytes) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  return value;
}

void put_little(std::string& out, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

std::vector<std::string> FrameReader::feed(std::string_view bytes) {
  std::vector<std::string> bodies;
  if (broken_) return bodies;
  buffer_ += bytes;
  std::size_t at = 0;
  while (buffer_.size() - at >= kHeaderSize) {
    std::string_view rest = std::string_view(buffer_).substr(at);
    std::uint32_t length = little(rest);  // a negative length is a huge one
    if (length > kMaxBody || little(rest.substr(4)) != kMagic) {
      broken_ = true;
      buffer_.clear();
      return bodies;
    }
    if (rest.size() < kHeaderSize + length) break;
    bodies.emplace_back(rest.substr(kHeaderSize, length));
    at += kHeaderSize + length;
  }
  buffer_.erase(0, at);
  return bodies;
}

std::optional<std::string> frame(std::string_view body) {
  if (body.size() > kMaxBody) return std::nullopt;
  std::string out;
  out.reserve(kHeaderSize + body.size());
  put_little(out, static_cast<std::uint32_t>(body.size()));
  put_little(out, kMagic);
  return out.append(body);
}

std::optional<std::string> frame(const wire::Message& message, wire::Form form) {
  std::string body = wire::encode_plain(message, wire::datagram_form(message, form));
  if (body.starts_with(">>>")) body += '\0';
  return frame(std::string_view(body));
}

}  // namespace um::clientapi
