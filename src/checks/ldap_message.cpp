#include "checks/ldap_message.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>
#include <lber.h>
#include <ldap.h>

#include "checks/failure.hpp"
#include "checks/library.hpp"

namespace um::checks {
namespace {

constexpr std::size_t kLargestMessage = 1024 * 1024;

struct Liblber {
  Library library{{"liblber-2.5.so.0", "liblber.so.2", "liblber-2.4.so.2"}, "libldap-2.5-0"};
  decltype(&ber_alloc_t) alloc = library["ber_alloc_t"];
  decltype(&ber_init) init = library["ber_init"];
  decltype(&ber_printf) print = library["ber_printf"];
  decltype(&ber_scanf) scan = library["ber_scanf"];
  decltype(&ber_peek_tag) peek_tag = library["ber_peek_tag"];
  decltype(&ber_flatten2) flatten = library["ber_flatten2"];
  decltype(&ber_free) free = library["ber_free"];
};

const Liblber& liblber() {
  static const Liblber loaded;
  return loaded;
}

struct Free {
  const Liblber& lber;
  void operator()(BerElement* element) const { lber.free(element, 1); }
};
using Element = std::unique_ptr<BerElement, Free>;

Element checked(BerElement* element) {
  if (element == nullptr) throw Failure{"out of memory"};
  return Element(element, Free{liblber()});
}

std::string bytes_of(const Element& element) {
  berval flat{};
  if (liblber().flatten(element.get(), &flat, 0) != 0) throw Failure{"cannot write the request"};
  return {flat.bv_val, flat.bv_len};
}

std::string text_of(const berval& value) {
  return value.bv_val == nullptr ? std::string() : std::string(value.bv_val, value.bv_len);
}

LdapMessage::Kind kind_of(ber_tag_t tag) {
  switch (tag) {
    case LDAP_RES_BIND: return LdapMessage::Kind::kBindResponse;
    case LDAP_RES_SEARCH_ENTRY: return LdapMessage::Kind::kEntry;
    case LDAP_RES_SEARCH_RESULT: return LdapMessage::Kind::kDone;
    default: return LdapMessage::Kind::kOther;
  }
}

}  // namespace

std::string ldap_bind_request(int id, const std::string& name, const std::string& password) {
  const Element element = checked(liblber().alloc(LBER_USE_DER));
  liblber().print(element.get(), "{it{ists}}", static_cast<ber_int_t>(id),
                  static_cast<ber_tag_t>(LDAP_REQ_BIND), static_cast<ber_int_t>(LDAP_VERSION3),
                  name.c_str(), static_cast<ber_tag_t>(LDAP_AUTH_SIMPLE), password.c_str());
  return bytes_of(element);
}

std::string ldap_base_search_request(int id, const std::string& base) {
  const Element element = checked(liblber().alloc(LBER_USE_DER));
  const ber_int_t no_limit = 0;
  const ber_int_t types_only = 0;
  liblber().print(element.get(), "{it{seeiibts{}}}", static_cast<ber_int_t>(id),
                  static_cast<ber_tag_t>(LDAP_REQ_SEARCH), base.c_str(),
                  static_cast<ber_int_t>(LDAP_SCOPE_BASE),
                  static_cast<ber_int_t>(LDAP_DEREF_FINDING), no_limit, no_limit, types_only,
                  static_cast<ber_tag_t>(LDAP_FILTER_PRESENT), "objectClass");
  return bytes_of(element);
}

std::optional<std::size_t> ldap_message_size(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  if (static_cast<unsigned char>(bytes[0]) != LDAP_TAG_MESSAGE) throw Failure{"no LDAP answer"};
  if (bytes.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(bytes[1]);
  if (first < 0x80) return 2 + first;  // X.690 8.1.3.4: the length itself, or how many bytes it has
  const std::size_t count = first & 0x7fU;
  if (count == 0 || count > 4) throw Failure{"no LDAP answer"};
  if (bytes.size() < 2 + count) return std::nullopt;
  std::size_t length = 0;
  for (const char byte : bytes.substr(2, count))
    length = length << 8 | static_cast<unsigned char>(byte);
  if (length > kLargestMessage) throw Failure{"endless LDAP answer"};
  return 2 + count + length;
}

LdapMessage read_ldap_message(const std::string& bytes) {
  if (bytes.empty()) throw Failure{"no LDAP answer"};  // for which liblber has no buffer
  const Liblber& lber = liblber();
  berval whole{bytes.size(), const_cast<char*>(bytes.data())};
  const Element element = checked(lber.init(&whole));
  LdapMessage message;
  ber_int_t id = 0;
  if (lber.scan(element.get(), "{i", &id) == LBER_ERROR) throw Failure{"no LDAP answer"};
  message.id = id;
  ber_len_t length = 0;
  message.kind = kind_of(lber.peek_tag(element.get(), &length));
  berval name{};
  berval words{};
  ber_int_t result = 0;
  ber_tag_t read = LBER_DEFAULT;
  switch (message.kind) {
    case LdapMessage::Kind::kEntry: read = lber.scan(element.get(), "{m", &name); break;
    case LdapMessage::Kind::kBindResponse:
    case LdapMessage::Kind::kDone:
      read = lber.scan(element.get(), "{emm", &result, &name, &words);
      break;
    case LdapMessage::Kind::kOther: return message;
  }
  if (read == LBER_ERROR) throw Failure{"no LDAP answer"};
  message.result = result;
  message.name = text_of(name);
  message.diagnostic = text_of(words);
  return message;
}

std::string ldap_result_text(const LdapMessage& message) {
  struct Known {
    int code;
    std::string_view text;
  };
  constexpr std::array kKnown{
      Known{LDAP_NO_SUCH_OBJECT, "no such object"},
      Known{LDAP_INVALID_DN_SYNTAX, "invalid DN syntax"},
      Known{LDAP_STRONG_AUTH_REQUIRED, "stronger authentication required"},
      Known{LDAP_CONFIDENTIALITY_REQUIRED, "confidentiality required"},
      Known{LDAP_INAPPROPRIATE_AUTH, "inappropriate authentication"},
      Known{LDAP_INVALID_CREDENTIALS, "invalid credentials"},
      Known{LDAP_INSUFFICIENT_ACCESS, "insufficient access"},
      Known{LDAP_BUSY, "busy"},
      Known{LDAP_UNAVAILABLE, "unavailable"},
      Known{LDAP_UNWILLING_TO_PERFORM, "unwilling to perform"},
      Known{LDAP_REFERRAL, "referral"},
  };
  const auto known = std::ranges::find(kKnown, message.result, &Known::code);
  std::string text =
      fmt::format("{} ({})", known == kKnown.end() ? "error" : known->text, message.result);
  if (!message.diagnostic.empty()) text += ": " + message.diagnostic;
  return text;
}

}  // namespace um::checks
