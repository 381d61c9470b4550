// Any bytes as ldirectord.cf: no crash, no hang, and what is said about them is well-formed.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <arpa/inet.h>

#include "parsers/ldirectord_cf_advice.hpp"
#include "parsers/ldirectord_cf_effective.hpp"
#include "parsers/ldirectord_cf_json.hpp"

namespace {

using namespace um;
using namespace um::parsers;

/// Numbers, and one name of each kind.
class FewNames final : public Resolver {
 public:
  Host host(std::string_view name, Family family) override {
    const std::string text(name);
    in6_addr v6{};
    in_addr v4{};
    if (family == Family::kInet6)
      return inet_pton(AF_INET6, text.c_str(), &v6) == 1 ? Host{text, ""}
                                                         : Host{"", "no such name"};
    if (text == "vip") return {"192.0.2.10", ""};
    return inet_pton(AF_INET, text.c_str(), &v4) == 1 ? Host{text, ""} : Host{"", "no such name"};
  }
  std::optional<std::uint16_t> service(std::string_view name, Transport transport) override {
    if (name == "http" && transport != Transport::kUdp) return 80;
    return std::nullopt;
  }
};

void require(bool holds) {
  if (!holds) std::abort();
}

void check_diagnostics(const Parsed<LdirectordConfig>& parsed, const Source& source) {
  std::size_t refusals = 0;
  for (const Diagnostic& d : parsed.diagnostics) {
    require(d.where.begin <= d.where.end && d.where.end <= source.text().size());
    require(!d.message.empty());
    format(d, source);
    if (d.severity == Severity::kError && !d.legacy.empty()) ++refusals;
  }
  require(refusals == (parsed.ok() ? 0 : 1));  // one line of the old program for a refused file
  legacy_lines(parsed.diagnostics, "1");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Source source("f", std::string(reinterpret_cast<const char*>(data), size));
  FewNames names;
  Files files;
  const auto parsed = parse_ldirectord_cf(source, {names, files, "host"});
  check_diagnostics(parsed, source);
  std::size_t reals = 0;
  for (const VirtualService& v : parsed.value.virtuals) reals += v.reals.size();
  constexpr std::size_t kDumped = 1000;  // a range makes 65,536 out of one line
  if (reals > kDumped) return 0;
  dump_json(parsed.value);
  advise(parsed.value, source);
  return 0;
}
