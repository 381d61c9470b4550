#include "wire/auth.hpp"

#include <charconv>
#include <memory>
#include <span>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace um::wire {
namespace {

struct MethodName {
  Method method;
  std::string_view name;
  const char* hash;  // OpenSSL's name; null for crc
};

constexpr std::array kMethods{
    MethodName{Method::kCrc, "crc", nullptr},
    MethodName{Method::kMd5, "md5", "MD5"},
    MethodName{Method::kSha1, "sha1", "SHA1"},
    MethodName{Method::kSha256, "sha256", "SHA256"},
    MethodName{Method::kSha512, "sha512", "SHA512"},
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

struct FreeMac {
  void operator()(EVP_MAC_CTX* mac) const { EVP_MAC_CTX_free(mac); }
};
using Mac = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

/// Nothing when the hash is switched off on this machine (FIPS).
Mac hmac_with(const char* hash) {
  EVP_MAC* hmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  Mac mac(hmac ? EVP_MAC_CTX_new(hmac) : nullptr);
  EVP_MAC_free(hmac);
  const std::array<OSSL_PARAM, 2> settings = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(hash), 0),
      OSSL_PARAM_construct_end()};
  if (mac && !EVP_MAC_CTX_set_params(mac.get(), settings.data())) mac.reset();
  return mac;
}

std::string hexadecimal(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

/// Empty, which compares equal to nothing, when the hash cannot be had. The set-up is kept: it
/// takes longer than the digest of a packet.
std::string hmac_text(const MethodName& method, std::string_view key, std::string_view bytes) {
  static thread_local std::array<Mac, kMethods.size()> macs;
  Mac& mac = macs[static_cast<std::size_t>(method.method)];
  if (!mac) mac = hmac_with(method.hash);
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  std::size_t size = 0;
  auto as_bytes = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  if (!mac || !EVP_MAC_init(mac.get(), as_bytes(key), key.size(), nullptr) ||
      !EVP_MAC_update(mac.get(), as_bytes(bytes), bytes.size()) ||
      !EVP_MAC_final(mac.get(), out.data(), &size, out.size()))
    return {};
  return hexadecimal(std::span(out).first(size));
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
  return method.hash ? hmac_text(method, key.text, bytes) : crc_text(bytes);
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
