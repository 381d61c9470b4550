// Any bytes as authkeys: no crash, spans inside the text, a good file has a signing key, and no key
// is shown to who reads the messages.
#include <cstdint>
#include <cstdlib>

#include "parsers/authkeys.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace um::parsers;
  const Source source("authkeys", std::string(reinterpret_cast<const char*>(data), size));
  const Parsed<AuthKeys> parsed = parse_authkeys(source);
  const Source shown = without_secrets(source);
  if (shown.text().size() != size) std::abort();
  for (const Diagnostic& d : parsed.diagnostics) {
    if (d.where.begin > d.where.end || d.where.end > size) std::abort();
    format(d, shown);
  }
  if (parsed.ok() && parsed.value.signing_key() == nullptr) std::abort();
  return 0;
}
