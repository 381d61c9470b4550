// Any bytes as ha.cf: no crash, spans inside the text, and every refusal explained.
#include <cstdint>
#include <cstdlib>

#include "parsers/ha_cf.hpp"
#include "parsers/ha_start.hpp"
#include "tests/unit/parsers/ha_cf_fake_machine.hpp"

namespace {

um::test::FakeMachine machine() {
  um::test::FakeMachine m;
  m.interfaces = {{"eth0", {true, true, 2}}, {"eth1", {true, true, 3}}};
  m.users = {{"root", {0, 0}}, {"hacluster", {101, 102}}};
  m.groups = {{"haclient", 102}};
  m.stonith_types = {"null", "fence/ipmilan"};
  m.executable("/bin/true");
  m.write("/etc/ha.d/authkeys", "auth 1\n1 sha1 0123456789abcdef\n");
  m.write("/etc/ha.d/haresources", "node1 10.0.0.1\n");
  return m;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace um::parsers;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Source source("ha.cf", text);
  const Parsed<HaConfig> parsed = parse_ha_cf(source);
  for (const Diagnostic& d : parsed.diagnostics) {
    if (d.where.begin > d.where.end || d.where.end > size) std::abort();
    format(d, source);
  }
  static um::test::FakeMachine bed = machine();
  bed.write("/etc/ha.d/ha.cf", text);
  const Verdict verdict = validate(bed);
  if (!verdict.ok() && verdict.ha_cf.diagnostics.empty() && verdict.haresources.diagnostics.empty())
    std::abort();
  listing(verdict.config, verdict.own_node);
  return 0;
}
