#include "checks/radius_message.hpp"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace um::checks {
namespace {

constexpr char kAccessRequest = 1;
constexpr unsigned char kAccessAccept = 2;
constexpr std::size_t kHeader = 20;
constexpr std::size_t kLongestPassword = 128;
constexpr std::size_t kBlock = 16;
enum Attribute : char {
  kUserName = 1,
  kUserPassword = 2,
  kNasIp = 4,
  kMessageAuthenticator = 80,
  kNasIpv6 = 95
};

std::string md5(std::string_view text) {
  std::string digest(16, '\0');
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
             EVP_md5(), nullptr);
  return digest;
}

std::string hmac_md5(std::string_view key, std::string_view text) {
  std::string digest(16, '\0');
  HMAC(EVP_md5(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  return digest;
}

std::string_view bytes_of(const RadiusAuthenticator& authenticator) {
  return {reinterpret_cast<const char*>(authenticator.data()), authenticator.size()};
}

/// RFC 2865 5.2: each block of 16 is hidden by the digest of the secret and the block before it.
std::string hide(std::string password, std::string_view secret, std::string_view authenticator) {
  password.resize(std::min(password.size(), kLongestPassword));
  password.resize(std::max(kBlock, (password.size() + kBlock - 1) / kBlock * kBlock), '\0');
  std::string before(authenticator);
  for (std::size_t block = 0; block < password.size(); block += kBlock) {
    const std::string mask = md5(std::string(secret) + before);
    for (std::size_t i = 0; i < kBlock; ++i) password[block + i] ^= mask[i];
    before = password.substr(block, kBlock);
  }
  return password;
}

void append(std::string& out, Attribute type, std::string_view value) {
  out += type;
  out += static_cast<char>(value.size() + 2);
  out += value;
}

/// Where the value of the answer's Message-Authenticator begins; 0: it has none.
std::size_t find_signature(std::string_view packet) {
  for (std::size_t at = kHeader; at + 2 <= packet.size();) {
    const std::size_t size = static_cast<unsigned char>(packet[at + 1]);
    if (size < 2 || at + size > packet.size()) return 0;
    if (packet[at] == kMessageAuthenticator && size == 18) return at + 2;
    at += size;
  }
  return 0;
}

/// RFC 2869 5.14: computed with the request's authenticator and sixteen zeros in its own place. It
/// is what a forger of the MD5 in the header cannot make (CVE-2024-3596), so where it is it counts.
bool signature_fits(std::string packet, const RadiusAuthenticator& request,
                    std::string_view secret) {
  const std::size_t at = find_signature(packet);
  if (at == 0) return true;
  const std::string given = packet.substr(at, 16);
  packet.replace(at, 16, 16, '\0');
  packet.replace(4, request.size(), bytes_of(request));
  return CRYPTO_memcmp(hmac_md5(secret, packet).data(), given.data(), given.size()) == 0;
}

}  // namespace

std::string radius_access_request(const RadiusLogin& login, std::uint8_t id,
                                  const RadiusAuthenticator& authenticator) {
  std::string packet{kAccessRequest, static_cast<char>(id), 0, 0};
  packet += bytes_of(authenticator);
  append(packet, kMessageAuthenticator, std::string(16, '\0'));
  const std::size_t signature = packet.size() - 16;
  append(packet, kUserName, std::string_view(login.name).substr(0, 253));
  append(packet, kUserPassword, hide(login.password, login.secret, bytes_of(authenticator)));
  if (login.nas.is_v4()) {
    const auto bytes = login.nas.to_v4().to_bytes();
    append(packet, kNasIp, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } else {
    const auto bytes = login.nas.to_v6().to_bytes();
    append(packet, kNasIpv6, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  packet[2] = static_cast<char>(packet.size() >> 8);
  packet[3] = static_cast<char>(packet.size() & 0xff);
  packet.replace(signature, 16, hmac_md5(login.secret, packet));
  return packet;
}

RadiusAnswer judge_radius_answer(std::string_view bytes, std::uint8_t id,
                                 const RadiusAuthenticator& request, std::string_view secret) {
  if (bytes.size() < kHeader || static_cast<std::uint8_t>(bytes[1]) != id)
    return RadiusAnswer::kNotOurs;
  const std::size_t length =
      static_cast<unsigned char>(bytes[2]) * 256u + static_cast<unsigned char>(bytes[3]);
  if (length < kHeader || length > bytes.size()) return RadiusAnswer::kNotOurs;
  std::string signed_text(bytes.substr(0, 4));
  signed_text += bytes_of(request);
  signed_text += bytes.substr(kHeader, length - kHeader);
  signed_text += secret;
  const std::string expected = md5(signed_text);
  if (CRYPTO_memcmp(expected.data(), bytes.data() + 4, expected.size()) != 0)
    return RadiusAnswer::kNotOurs;
  if (!signature_fits(std::string(bytes.substr(0, length)), request, secret))
    return RadiusAnswer::kNotOurs;
  return static_cast<unsigned char>(bytes[0]) == kAccessAccept ? RadiusAnswer::kAccept
                                                               : RadiusAnswer::kReject;
}

}  // namespace um::checks
