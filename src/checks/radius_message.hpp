// radius_message.hpp - a PAP Access-Request and the proof that an answer to it is genuine (RFC
// 2865, RFC 2869 5.14). Pure.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>

namespace um::checks {

using RadiusAuthenticator = std::array<unsigned char, 16>;

struct RadiusLogin {
  std::string name;
  std::string password;  // at most 128 bytes count (RFC 2865 5.2)
  std::string secret;
  boost::asio::ip::address nas;  // our own address
};

/// User-Name, hidden User-Password, NAS address, and a Message-Authenticator, which today's servers
/// want to see.
std::string radius_access_request(const RadiusLogin& login, std::uint8_t id,
                                  const RadiusAuthenticator& authenticator);

enum class RadiusAnswer : std::uint8_t { kNotOurs, kAccept, kReject };
/// kNotOurs: other id, cut short, or an authenticator that does not fit the secret.
RadiusAnswer judge_radius_answer(std::string_view bytes, std::uint8_t id,
                                 const RadiusAuthenticator& request, std::string_view secret);

}  // namespace um::checks
