#include "parsers/ldirectord_cf_words.hpp"

#include <cctype>

#include <fmt/format.h>

namespace um::parsers {

using ldirectord_cf::word_of;

std::string_view name_of(Forward v) {
  return word_of(ldirectord_cf::kForwards, v);
}
std::string_view name_of(Protocol v) {
  return word_of(ldirectord_cf::kProtocols, v);
}
std::string_view name_of(CheckType v) {
  return word_of(ldirectord_cf::kCheckTypes, v);
}
std::string_view name_of(Service v) {
  return word_of(ldirectord_cf::kServices, v);
}
std::string_view name_of(HttpMethod v) {
  return word_of(ldirectord_cf::kHttpMethods, v);
}
std::string_view name_of(Phase v) {
  return word_of(ldirectord_cf::kPhases, v);
}
std::string_view name_of(Failed v) {
  return word_of(ldirectord_cf::kFaileds, v);
}
std::string_view name_of(Drift v) {
  return word_of(ldirectord_cf::kDrifts, v);
}
std::string_view name_of(TlsVerify v) {
  return word_of(ldirectord_cf::kTlsVerifies, v);
}

std::string Endpoint::server() const {
  return family == Family::kInet6 && !address.empty() ? "[" + address + "]" : address;
}

std::string Endpoint::name() const {
  return server() + ":" + port_text;
}

std::string ldirectord_cf::expected(std::string_view list, std::string_view text,
                                    std::span<const std::string_view> candidates) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string_view near = nearest(text, candidates);
  if (near.empty()) near = nearest(lower, candidates);
  if (near.empty()) return fmt::format("expected {}", list);
  return fmt::format("expected {} - did you mean \"{}\"?", list, near);
}

}  // namespace um::parsers
