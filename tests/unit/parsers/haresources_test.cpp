#include "parsers/haresources.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/parsers/ha_cf_fake_machine.hpp"

namespace um::parsers {
namespace {

Parsed<Haresources> parsed(const std::string& text) {
  const std::vector<std::string> nodes{"node1", "node2"};
  return parse_haresources(Source("haresources", text), nodes);
}

/// "agent(arg, arg)", as the tutorial would explain the word.
std::string call_of(const std::string& word) {
  const Resource resource = resource_from_word(word);
  return fmt::format("{}({})", resource.agent, fmt::join(resource.arguments, ", "));
}

TEST(Haresources, AnAddressIsShortForIPaddr) {
  EXPECT_EQ(call_of("10.0.0.1"), "IPaddr(10.0.0.1)");
  EXPECT_EQ(call_of("10.0.0.1/24/eth0/10.0.0.255"), "IPaddr(10.0.0.1/24/eth0/10.0.0.255)");
  EXPECT_EQ(call_of("10.0.0.1::eth0"), "IPaddr(eth0)");
  EXPECT_EQ(call_of("10.0.0"), "10.0.0()");
  EXPECT_EQ(call_of("a10.0.0.1"), "a10.0.0.1()");
}

TEST(Haresources, DoubleColonsSeparateArguments) {
  EXPECT_EQ(call_of("ldirectord::ldirectord.cf"), "ldirectord(ldirectord.cf)");
  EXPECT_EQ(call_of("MailTo::root@localhost::Web"), "MailTo(root@localhost, Web)");
  EXPECT_EQ(call_of("A::::b"), "A(b)");
  EXPECT_EQ(call_of("A::"), "A()");
  EXPECT_EQ(call_of("A:a"), "A:a()");
}

TEST(Haresources, ABackslashJoinsLinesWithoutABlank) {
  const Haresources value = parsed("Node1 10.0.\\\n0.1 \\\n  A::x\n").value;
  ASSERT_EQ(value.groups.size(), 1u);
  EXPECT_EQ(value.groups[0].text(), "node1 10.0.0.1 A::x");
}

TEST(Haresources, ABackslashAtTheEndOfTheFileJoinsNothingAndStays) {
  EXPECT_EQ(parsed("node1 A::x\\\n").value.groups.at(0).text(), "node1 A::x\\");
  EXPECT_EQ(parsed("node1 A::x\\").value.groups.at(0).text(), "node1 A::x\\");
  EXPECT_EQ(parsed("node1 A \\\n").value.groups.at(0).text(), "node1 A \\");
}

TEST(Haresources, AWordOfAJoinedLineIsFoundInTheFile) {
  const Source source("haresources", "node1 A \\\n  B::x\n");
  const std::vector<std::string> nodes{"node1"};
  const Haresources value = parse_haresources(source, nodes).value;
  const Position at = source.position(value.groups.at(0).resources.at(1).where.begin);
  EXPECT_EQ(at.line, 2u);
  EXPECT_EQ(at.column, 3u);
}

TEST(Haresources, TheFirstGroupWithAKeyIsTheOneThatCounts) {
  const Parsed<Haresources> result = parsed("node1 A B\nnode2 A C\n");
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.value.find("A")->text(), "node1 A B");
  EXPECT_EQ(result.value.find("C"), nullptr);
}

TEST(Haresources, ACommentEndsALineUnlessTheLineIsContinued) {
  EXPECT_EQ(parsed("node1 A # B\n").value.groups.at(0).text(), "node1 A");
  EXPECT_EQ(parsed("node1 A \\\n B # C\n").value.groups.at(0).text(), "node1 A B # C");
}

TEST(Haresources, StatusWordsDecideAndTheExitCodeDoesNot) {
  EXPECT_TRUE(owned_by_status_output("INFO: running\n"));
  EXPECT_TRUE(owned_by_status_output("OK"));
  EXPECT_FALSE(owned_by_status_output("is not currently running"));
  EXPECT_FALSE(owned_by_status_output("stopped"));
  EXPECT_FALSE(owned_by_status_output(""));
}

TEST(Haresources, AScriptIsTakenFromResourceDBeforeInitD) {
  test::FakeMachine m;
  m.executable("/etc/init.d/both");
  EXPECT_EQ(find_agent(m, "both"), "/etc/init.d/both");
  m.executable("/etc/ha.d/resource.d/both");
  EXPECT_EQ(find_agent(m, "both"), "/etc/ha.d/resource.d/both");
  m.states["/etc/ha.d/resource.d/both"].executable = false;
  EXPECT_EQ(find_agent(m, "both"), "/etc/init.d/both");
  EXPECT_EQ(find_agent(m, "none"), std::nullopt);
}

TEST(Haresources, AFileNamePatternIsExpandedWhenItMatches) {
  test::FakeMachine m;
  m.matches["/dev/sd*"] = {"/dev/sda", "/dev/sdb"};
  EXPECT_EQ(expand_arguments(m, resource_from_word("A::/dev/sd*::/no*"), "/"),
            (std::vector<std::string>{"/dev/sda", "/dev/sdb", "/no*"}));
}

}  // namespace
}  // namespace um::parsers
