#include "ldirectord/roster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ldirectord/director_bed.hpp"

namespace um::ldirectord {
namespace {

using testing::ElementsAre;

const checks::Probe& probe(const Roster& roster, std::size_t real = 0, std::size_t v = 0) {
  return *roster.jobs[*roster.virtuals[v].reals[real].job].probe;
}

TEST(Roster, KeepsGateServersUnderThePortOfTheVirtualService) {  // decision L33
  const Roster roster =
      roster_of(http_virtual("", {"real=10.1.0.1:8080 gate", "real=10.1.0.1:8081 masq"}));
  EXPECT_EQ(roster.virtuals[0].reals[0].name, "10.1.0.1:8080");
  EXPECT_EQ(roster.virtuals[0].reals[0].at.port, 80);
  EXPECT_EQ(roster.virtuals[0].reals[1].at.port, 8081);
  EXPECT_EQ(probe(roster).target.port, 8080);
}

TEST(Roster, TakesTheLastOfARealServerListedTwice) {  // decision L27
  const Roster roster =
      roster_of(http_virtual("", {"real=10.1.0.1:80 gate 1", "real=10.1.0.1:80 gate 5"}));
  ASSERT_EQ(roster.virtuals[0].reals.size(), 1U);
  EXPECT_EQ(roster.virtuals[0].reals[0].entry.weight, 5U);
}

TEST(Roster, SharesJobsOnlyForTheSameQuestion) {  // decision L26
  const Roster roster = roster_of(
      "virtual=10.0.0.1:80\n    real=10.1.0.1:80 gate 1\n    service=http\n"
      "virtual=10.0.0.2:80\n    real=10.1.0.1:80 masq 9\n    service=http\n"
      "virtual=10.0.0.3:80\n    real=10.1.0.1:80 gate\n    service=http\n    login=\"x\"\n"
      "virtual=10.0.0.4:80\n    real=10.1.0.1:80 gate\n    service=http\n    request=\"x\"\n");
  EXPECT_EQ(roster.jobs.size(), 3U);
  EXPECT_EQ(roster.jobs[0].uses.size(), 2U);
}

TEST(Roster, GivesEachKindOfCheckItsOwnTimeout) {
  const std::string timeouts = "checktimeout=3\nnegotiatetimeout=7";
  auto limit = [&](const std::string& lines) {
    return roster_of(timeouts + "\nvirtual=10.0.0.1:80\n    real=10.1.0.1:80 gate\n" + lines)
        .jobs[0]
        .limit;
  };
  using std::chrono::seconds;
  EXPECT_EQ(limit("    checktype=connect\n"), seconds(3));
  EXPECT_EQ(limit("    service=http\n"), seconds(7));
  EXPECT_EQ(limit("    service=ldap\n"), seconds(3));
  EXPECT_EQ(limit("    service=radius\n"), seconds(3));
  EXPECT_EQ(limit("    checktype=external\n"), seconds(3));
}

TEST(Roster, PassesTheAddressOfAnHttpCheck) {
  const Roster roster = roster_of(
      "virtual=10.0.0.1:80\n"
      "    real=10.1.0.1:80 masq 1 \"alive.html\", \"^OK$\"\n"
      "    real=10.1.0.2:80 masq 1 \"http://10.1.0.3/x.html\", \"OK\"\n"
      "    real=10.1.0.4:80 masq 1\n"
      "    service=http\n    request=\"/def.html?a=b\"\n    receive=\"OK\"\n    checkport=81\n");
  EXPECT_EQ(probe(roster, 0).request, "/alive.html");
  EXPECT_EQ(probe(roster, 0).receive, "^OK$");
  EXPECT_EQ(probe(roster, 1).request, "http://10.1.0.3/x.html");
  EXPECT_EQ(probe(roster, 2).request, "/def.html?a=b");
  EXPECT_EQ(probe(roster, 2).target.port, 81);
}

TEST(Roster, GivesAnExternalCheckItsFourArguments) {
  const Roster address = roster_of(
      "virtual=10.0.0.1:80\n    real=10.1.0.1:8080 masq\n    checktype=external\n"
      "    checkcommand=/bin/check\n");
  EXPECT_EQ(probe(address).command, "/bin/check");
  EXPECT_THAT(probe(address).command_arguments, ElementsAre("10.0.0.1", "80", "10.1.0.1", "8080"));
  const Roster mark = roster_of("virtual=7\n    real=10.1.0.1 gate\n    checktype=external\n");
  EXPECT_THAT(probe(mark).command_arguments, ElementsAre("7", "0", "10.1.0.1", "0"));
}

TEST(Roster, VerifiesTheChainOnlyWhereAPasswordFollows) {  // decision L12
  auto verify = [](const std::string& lines) {
    return probe(roster_of("virtual=10.0.0.1:443\n    real=10.1.0.1:443 gate\n" + lines))
        .tls_verify;
  };
  EXPECT_EQ(verify("    service=https\n"), checks::TlsVerify::kWarn);
  EXPECT_EQ(verify("    service=imaps\n"), checks::TlsVerify::kWarn);
  EXPECT_EQ(verify("    service=imaps\n    login=\"u\"\n    passwd=\"p\"\n"),
            checks::TlsVerify::kChain);
  EXPECT_EQ(verify("    service=https\n    tlsverify=full\n"), checks::TlsVerify::kFull);
}

TEST(Roster, PingsAUdpConnectAsOftenAsCheckcountSays) {
  const Roster roster = roster_of(
      "checkcount=4\nvirtual=10.0.0.1:5353\n    real=10.1.0.1:5353 masq\n    protocol=udp\n"
      "    checktype=connect\n");
  EXPECT_EQ(roster.jobs[0].attempts, 4U);
}

TEST(Roster, ComplainsAboutASqlCheckThatCannotWork) {
  const Roster roster =
      roster_of("virtual=10.0.0.1:3306\n    real=10.1.0.1:3306 masq\n    service=mysql\n");
  EXPECT_EQ(roster.jobs[0].kind, Job::Kind::kNever);
  EXPECT_THAT(roster.complaints,
              ElementsAre("Error: Must specify a login and request string for MySQL, Oracle and "
                          "PostgreSQL checks. Not adding 10.1.0.1."));
}

TEST(Roster, MakesTheSettingsOfTheKernel) {
  const Roster roster = roster_of(
      "virtual=10.0.0.1:80\n    real=10.1.0.1:80 masq\n    scheduler=sh\n"
      "    schedflags=sh-fallback,sh-port\n    persistent=600\n    netmask=255.255.255.0\n"
      "virtual=10.0.0.2:53\n    real=10.1.0.1:53 masq\n    protocol=udp\n    ops=yes\n"
      "virtual6=[2001:db8::1]:80\n    real6=[2001:db8::2]:80 masq\n    persistent=60\n"
      "    netmask=96\n"
      "virtual=10.0.0.3:80\n    real=10.1.0.1:80 masq\n    persistent=60\n"
      "    netmask=255.255.255.255\n");
  auto settings = [&](std::size_t v) {
    return ipvs::settings_text(roster.virtuals[v].settings, roster.virtuals[v].key.address.family);
  };
  EXPECT_EQ(settings(0), "-s sh -p 600 -M 255.255.255.0 -b sh-fallback,sh-port");
  EXPECT_EQ(settings(1), "-s wrr -o");
  EXPECT_EQ(settings(2), "-s wrr -p 60 -M 96");
  EXPECT_EQ(settings(3), "-s wrr -p 60");
}

TEST(Roster, UsesTheGlobalFallbackOfAFirewallMarkWithPortZero) {  // decision L13
  const Roster roster = roster_of("fallback=127.0.0.1:80\nvirtual=5\n    real=10.1.0.1:80 gate\n");
  ASSERT_TRUE(roster.virtuals[0].fallback);
  EXPECT_EQ(roster.virtuals[0].fallback->name, "127.0.0.1:0");
}

}  // namespace
}  // namespace um::ldirectord
