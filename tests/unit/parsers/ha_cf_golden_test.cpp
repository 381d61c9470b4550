// What the admin reads, word for word: one golden file per directive and mistake.
#include "tests/unit/parsers/ha_cf_golden.hpp"

#include <gtest/gtest.h>

#include "parsers/ha_cf_reading.hpp"
#include "parsers/ha_start.hpp"
#include "tests/unit/parsers/ha_cf_fake_machine.hpp"

namespace um::parsers {
namespace {

constexpr std::string_view kWholeConfiguration =
    "node node1 node2\nbcast eth0\nauto_failback on\nlogfacility daemon\n";

test::FakeMachine machine() {
  test::FakeMachine m;
  m.interfaces = {
      {"eth0", {true, true, 2}}, {"eth1", {true, true, 3}}, {"noip0", {true, false, 4}}};
  m.users = {{"root", {0, 0}}, {"hacluster", {101, 102}}};
  m.groups = {{"haclient", 102}};
  m.udp_services = {{"domain", 53}};
  m.stonith_types = {"external/ssh", "fence/ipmilan"};
  m.states = {{"/var/log", {FileKind::kDirectory, true}},
              {"/dev/ttyS0", {FileKind::kCharDevice, false}},
              {"/etc/passwd", {FileKind::kRegular, false}},
              {"/usr/libexec/heartbeat/ipfail", {FileKind::kRegular, true}},
              {"/usr/bin/monitor", {FileKind::kRegular, true}}};
  m.write("/etc/ha.d/authkeys", "auth 1\n1 sha1 0123456789abcdef\n");
  m.write("/etc/ha.d/haresources", "node1 10.0.0.1\n", 0644);
  return m;
}

std::string formatted(const CheckedFile& file, const std::string& name,
                      std::size_t bytes = std::string::npos) {
  std::string out;
  if (file.source == nullptr) return out;
  const Source shown(name, std::string(file.source->text().substr(0, bytes)));
  for (const Diagnostic& d : file.diagnostics) out += format(d, shown);
  return out;
}

/// A file without a node line gets the rest of a whole configuration behind it, not shown.
std::string say_ha_cf(const std::string& input) {
  test::FakeMachine m = machine();
  const bool whole = input.find("\nnode ") != std::string::npos;
  m.write("/etc/ha.d/ha.cf", whole ? input : input + std::string(kWholeConfiguration), 0644);
  return formatted(validate(m).ha_cf, "ha.cf");
}

std::string say_authkeys(const std::string& input) {
  const Source source("authkeys", input);
  const Source shown = without_secrets(source);
  std::string out;
  for (const Diagnostic& d : parse_authkeys(source).diagnostics)
    if (!d.message.empty()) out += format(d, shown);  // else a line of the old log only
  return out;
}

std::string say_haresources(const std::string& input) {
  const Source source("haresources", input);
  const std::vector<std::string> nodes{"node1", "node2"};
  std::string out;
  for (const Diagnostic& d : parse_haresources(source, nodes).diagnostics) out += format(d, source);
  return out;
}

TEST(Golden, HaCfSaysWhatIsWrongWithEachDirective) {
  for (const auto& file : test::golden_files("ha_cf"))
    EXPECT_EQ(test::check_golden(file, say_ha_cf), "") << file;
}

TEST(Golden, EveryDirectiveHasAGoldenFile) {
  for (const Directive& directive : directives())
    EXPECT_TRUE(std::filesystem::exists("tests/vectors/golden/ha_cf/" +
                                        std::string(directive.name) + ".txt"))
        << directive.name;
}

TEST(Golden, AuthkeysSaysWhatIsWrong) {
  for (const auto& file : test::golden_files("authkeys"))
    EXPECT_EQ(test::check_golden(file, say_authkeys), "") << file;
}

TEST(Golden, HaresourcesSaysWhatIsWrong) {
  for (const auto& file : test::golden_files("haresources"))
    EXPECT_EQ(test::check_golden(file, say_haresources), "") << file;
}

}  // namespace
}  // namespace um::parsers
