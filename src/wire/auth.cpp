#include "wire/auth.hpp"

#include <charconv>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace um::wire {
namespace {

struct MethodName {
  Method method;
  std::string_view name;
  const EVP_MD* (*hash)();  // null for crc
};

constexpr std::array kMethods{
    MethodName{Method::kCrc, "crc", nullptr},
    MethodName{Method::kMd5, "md5", EVP_md5},
    MethodName{Method::kSha1, "sha1", EVP_sha1},
    MethodName{Method::kSha256, "sha256", EVP_sha256},
    MethodName{Method::kSha512, "sha512", EVP_sha512},
};

constexpr std::uint32_t kPolynomial = 0x04C11DB7;

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte << 24;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc & 0x80000000) ? kPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}

// POSIX cksum without the length at the end (wire 3.3).
std::string crc_text(std::string_view bytes) {
  static constexpr auto kTable = crc_table();
  std::uint32_t crc = 0;
  for (unsigned char byte : bytes) crc = (crc << 8) ^ kTable[(crc >> 24) ^ byte];
  return fmt::format("{:x}", ~crc);
}

std::string hmac_text(const EVP_MD* hash, std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  // Null when the hash is switched off on this machine (FIPS): no digest, so nothing compares
  // equal.
  if (!HMAC(hash, key.data(), static_cast<int>(key.size()), data, bytes.size(), out.data(), &size))
    return {};
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", out[i]);
  return text;
}

bool same_text(std::string_view a, std::string_view b) {
  return !a.empty() && a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string_view name_of(Method method) {
  return kMethods[static_cast<std::size_t>(method)].name;
}

std::optional<Method> method_from_name(std::string_view name) {
  for (const MethodName& known : kMethods)
    if (known.name == name) return known.method;
  return std::nullopt;
}

std::string digest(const Key& key, std::string_view bytes) {
  const MethodName& method = kMethods[static_cast<std::size_t>(key.method)];
  return method.hash ? hmac_text(method.hash(), key.text, bytes) : crc_text(bytes);
}

std::optional<Token> parse_token(std::string_view text) {
  Token token;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, token.index);
  if (error != std::errc{} || rest == end || *rest != ' ') return std::nullopt;
  token.digest = text.substr(static_cast<std::size_t>(rest - text.data()) + 1);
  if (token.digest.empty() || token.digest.find_first_of(" \t\n") != std::string_view::npos)
    return std::nullopt;
  return token;
}

bool Keyring::set(unsigned index, Key key) {
  if (index >= kSize) return false;
  keys_[index] = std::move(key);
  return true;
}

bool Keyring::select(unsigned index) {
  if (!find(index)) return false;
  selected_ = index;
  return true;
}

const Key* Keyring::find(unsigned index) const {
  return index < kSize && keys_[index] ? &*keys_[index] : nullptr;
}

std::string Keyring::sign(std::string_view bytes) const {
  const Key* key = find(selected_);
  return key ? fmt::format("{} {}", selected_, digest(*key, bytes)) : std::string{};
}

Verdict Keyring::verify(const Token& token, std::string_view bytes) const {
  const Key* key = find(token.index);
  if (!key) return Verdict::kUnknownIndex;
  return same_text(digest(*key, bytes), token.digest) ? Verdict::kGenuine : Verdict::kWrongDigest;
}

}  // namespace um::wire
