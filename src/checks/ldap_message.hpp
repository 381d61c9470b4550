// ldap_message.hpp - the little of LDAP that a check needs, written and read by OpenLDAP's liblber,
// which is loaded when needed.
//
// Nothing here touches the network: bytes in, bytes out (RFC 4511).
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace um::checks {

std::string ldap_bind_request(int id, const std::string& name, const std::string& password);
/// The entry itself, whatever its class (ldirectord-runtime 11.3).
std::string ldap_base_search_request(int id, const std::string& base);

/// The size of the message that begins with `bytes`; nothing while too few of them are there.
/// Failure when it is no LDAP message, or one larger than any answer to our questions.
std::optional<std::size_t> ldap_message_size(std::string_view bytes);

struct LdapMessage {
  enum class Kind : std::uint8_t { kBindResponse, kEntry, kDone, kOther };
  Kind kind = Kind::kOther;
  int id = 0;
  int result = 0;          // of kBindResponse and kDone
  std::string name;        // of kEntry
  std::string diagnostic;  // the server's own words about a result, may be empty
};
/// Failure when the bytes are no LDAP message.
LdapMessage read_ldap_message(const std::string& bytes);

/// "invalid credentials (49)"
std::string ldap_result_text(const LdapMessage& message);

}  // namespace um::checks
