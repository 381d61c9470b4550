#include "parsers/ha_cf.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "parsers/duration.hpp"
#include "parsers/ha_start.hpp"
#include "tests/unit/parsers/ha_cf_fake_machine.hpp"

namespace um::parsers {
namespace {

using namespace std::chrono_literals;

HaConfig parsed(const std::string& text) {
  return parse_ha_cf(Source("ha.cf", text)).value;
}

test::FakeMachine machine(const std::string& ha_cf) {
  test::FakeMachine m;
  m.interfaces = {{"eth0", {true, true, 2}}, {"eth1", {true, true, 3}}};
  m.users = {{"root", {0, 0}}, {"hacluster", {101, 102}}};
  m.groups = {{"haclient", 102}};
  m.stonith_types = {"external/ssh", "fence/ipmilan"};
  m.write("/etc/ha.d/ha.cf",
          "node node1 node2\nbcast eth0\nauto_failback on\nlogfacility daemon\n" + ha_cf, 0644);
  m.write("/etc/ha.d/authkeys", "auth 1\n1 sha1 0123456789abcdef\n");
  m.write("/etc/ha.d/haresources", "node1 10.0.0.1\n", 0644);
  return m;
}

/// The log as an admin reads it; ours are marked with a +.
std::string log_of(const Verdict& verdict) {
  std::string out;
  for (const StartLine& line : verdict.lines)
    out += fmt::format("{}{}: {}\n", line.ours ? "+" : "", word_of(line.level), line.text);
  return out;
}

TEST(Duration, ANumberWithoutUnitIsSeconds) {
  EXPECT_EQ(parse_duration("2"), 2s);
  EXPECT_EQ(parse_duration("0.5"), 500ms);
  EXPECT_EQ(parse_duration(".5"), 500ms);
  EXPECT_EQ(parse_duration("1.2.3"), 1200ms);
}

TEST(Duration, AUnitBeginsWithMsOrUsInAnyLetterCase) {
  EXPECT_EQ(parse_duration("200ms"), 200ms);
  EXPECT_EQ(parse_duration("200MSEC"), 200ms);
  EXPECT_EQ(parse_duration("1500000us"), 1500ms);
  EXPECT_EQ(parse_duration("501us"), 1ms);
  EXPECT_EQ(parse_duration("499us"), 0ms);
}

TEST(Duration, SignsWordsOtherUnitsAndOverflowAreRefused) {
  for (const char* text : {"", "10s", "1m", "1e3", "0x10", "-1", "+1", "abc", "ms",
                           "99999999999999999999", "1000000001"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(HaCf, UnsetTimesFollowDeadtime) {
  const HaConfig config = parsed("deadtime 8\n");
  EXPECT_EQ(config.warntime, 4s);
  EXPECT_EQ(config.deadping, 8s);
  EXPECT_EQ(config.initdead, 16s);
  EXPECT_EQ(parsed("deadtime 5\n").initdead, 12s);
  EXPECT_EQ(parsed("deadtime 11\n").initdead, 11s);
}

TEST(HaCf, TheFirstLineOfAKindFreezesItsPort) {
  const HaConfig config = parsed(
      "bcast eth0\nudpport 7777\nbcast eth1\nucast eth0 10.0.0.2\nudpport 8888\n"
      "ucast eth0 10.0.0.3\n");
  std::vector<int> ports;
  for (const MediumLine& line : config.media) {
    if (const auto* bcast = std::get_if<Bcast>(&line.medium)) ports.push_back(bcast->port);
    if (const auto* ucast = std::get_if<Ucast>(&line.medium)) ports.push_back(ucast->port);
  }
  EXPECT_EQ(ports, (std::vector<int>{694, 694, 7777, 7777}));
  EXPECT_EQ(config.udpport, 8888);
}

TEST(HaCf, NodesAreLowerCaseAndCountOnce) {
  const HaConfig config = parsed("node Alpha,BETA alpha\nping Router\n");
  std::vector<std::string> names;
  for (const Node& node : config.nodes) names.push_back(node.name + (node.ping ? " (ping)" : ""));
  EXPECT_EQ(names, (std::vector<std::string>{"alpha", "beta", "router (ping)"}));
}

TEST(HaCf, OurOwnDirectivesAreTypedAndListedForOldPeers) {
  const HaConfig config = parsed(
      "start_failure continue\nmonitor 10 restart\nscript_limit * start 60\naddress_guard no\n"
      "address_probe yes\nannounce_count 3\nannounce_interval 200ms\nfailback_delay 30\n"
      "track_interface eth0 eth1\n");
  EXPECT_EQ(config.start_failure, StartFailure::kContinue);
  EXPECT_EQ(config.monitor.interval, 10s);
  EXPECT_EQ(config.monitor.action, MonitorAction::kRestart);
  EXPECT_EQ(config.script_limits.at(0).limit, 60s);
  EXPECT_FALSE(config.address_guard);
  EXPECT_TRUE(config.address_probe);
  EXPECT_EQ(config.announce_count, 3);
  EXPECT_EQ(config.announce_interval, 200ms);
  EXPECT_EQ(config.failback_delay, 30s);
  EXPECT_EQ(config.track_interfaces, (std::vector<std::string>{"eth0", "eth1"}));
  EXPECT_EQ(config.beyond_legacy.size(), 9u);
}

TEST(HaCf, ASilentRefusalOfTheOldProgramIsExplainedBeforeItsLines) {
  const Verdict verdict = validate(machine("deadtime 10s\n"));
  EXPECT_EQ(verdict.exit_code, 6);
  EXPECT_EQ(log_of(verdict),
            "+ERROR: Invalid value [10s] for directive [deadtime] in /etc/ha.d//ha.cf line 5\n"
            "+info: /etc/ha.d//ha.cf line 5: invalid value \"10s\" for \"deadtime\" (a number "
            "without unit is seconds: write 10)\n"
            "ERROR: Heartbeat not started: configuration error.\n"
            "ERROR: Configuration error, heartbeat not started.\n");
}

TEST(HaCf, ALineLongerThanTheOldBufferIsOneErrorAndItsTailIsNotExecuted) {
  const Verdict verdict = validate(machine("#" + std::string(6000, 'x') + " node3\nnode node4\n"));
  EXPECT_EQ(verdict.exit_code, 6);
  EXPECT_EQ(log_of(verdict),
            "+ERROR: /etc/ha.d//ha.cf line 5: line too long: 6008 bytes (at most 5119 bytes, the "
            "newline counted; an older heartbeat reads the rest as lines of their own)\n"
            "ERROR: Heartbeat not started: configuration error.\n"
            "ERROR: Configuration error, heartbeat not started.\n");
}

TEST(HaCf, AProgramOfAnotherErasPathIsRunFromOurs) {
  test::FakeMachine m = machine("respawn hacluster /usr/lib64/heartbeat/ipfail -v\n");
  m.executable("/usr/lib/heartbeat/ipfail");
  const Verdict verdict = validate(m);
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict.config.clients.at(0).command, "/usr/lib/heartbeat/ipfail -v");
  EXPECT_EQ(verdict.config.clients.at(0).uid, 101u);
}

TEST(HaCf, StonithHostOfAnotherNodeIsNotLookedAtAndTheLastOfOursCounts) {
  const Verdict verdict =
      validate(machine("stonith_host * external/ssh node2\nstonith_host node2 nonsense\n"
                       "stonith_host Node1 fence/ipmilan ip=10.0.0.9 login=admin\n"));
  ASSERT_TRUE(verdict.ok());
  ASSERT_TRUE(verdict.config.stonith.has_value());
  EXPECT_EQ(verdict.config.stonith->type, "fence/ipmilan");
  EXPECT_EQ(verdict.config.stonith->parameters, "ip=10.0.0.9 login=admin");
}

TEST(HaCf, BuiltInClientsAreAuthorisedUnlessTheFileSaysOtherwise) {
  const Verdict verdict = validate(machine("apiauth ipfail uid=0,hacluster\n"));
  std::vector<std::string> rules;
  for (const ApiAuth& rule : verdict.config.apiauth)
    rules.push_back(fmt::format("{} uid={} gid={}", rule.client, fmt::join(rule.uids, ","),
                                fmt::join(rule.gids, ",")));
  EXPECT_EQ(rules, (std::vector<std::string>{
                       "ipfail uid=0,101 gid=", "ccm uid=101 gid=", "ping uid= gid=102",
                       "lha-snmpagent uid=0 gid=", "anon uid=0 gid=102"}));
}

TEST(HaCf, TheServicesEntryIsTheDefaultPortOfLinesWithoutUdpport) {
  test::FakeMachine m = machine("");
  m.udp_services["ha-cluster"] = 7694;
  const Verdict verdict = validate(m);
  EXPECT_EQ(std::get<Bcast>(verdict.config.media.at(0).medium).port, 7694);
  EXPECT_EQ(parameter(verdict.config, "udpport"), "7694");
}

TEST(HaCf, TheLogdWarningIsNotSaidWhenItsSocketIsThere) {
  test::FakeMachine m = machine("use_logd yes\n");
  EXPECT_NE(log_of(validate(m)).find("Initializing connection to logging daemon failed"),
            std::string::npos);
  m.states["/var/lib/heartbeat/log_daemon"] = {FileKind::kOther, false};
  EXPECT_EQ(log_of(validate(m)).find("Initializing connection to logging daemon failed"),
            std::string::npos);
}

TEST(HaCf, WhatMayNotBeReadIsAnotherExitCode) {
  test::FakeMachine m = machine("");
  m.files["/etc/ha.d/authkeys"].error = EACCES;
  EXPECT_EQ(validate(m).exit_code, 4);
  m.files["/etc/ha.d/authkeys"].error = ENOENT;
  EXPECT_EQ(validate(m).exit_code, 6);
}

TEST(HaCf, CrcOnANetworkIsWarnedAboutAndOnASerialLineNot) {
  test::FakeMachine m = machine("");
  m.write("/etc/ha.d/authkeys", "auth 1\n1 crc\n");
  EXPECT_NE(log_of(validate(m)).find("crc lets anybody on the network speak"), std::string::npos);
  m.write("/etc/ha.d/ha.cf",
          "node node1\nserial /dev/ttyS0\nauto_failback on\nlogfacility daemon\n", 0644);
  m.states["/dev/ttyS0"] = {FileKind::kCharDevice, false};
  EXPECT_EQ(log_of(validate(m)).find("crc lets anybody on the network speak"), std::string::npos);
}

TEST(HaCf, CrcBetweenTwoMachinesAloneIsNotWarnedAbout) {
  test::FakeMachine m = machine("");
  m.write("/etc/ha.d/authkeys", "auth 1\n1 crc\n");
  m.interfaces["eth0"].pair_only = true;
  EXPECT_EQ(log_of(validate(m)).find("crc lets anybody on the network speak"), std::string::npos);
  m.write("/etc/ha.d/ha.cf", "node node1\nbcast eth0 eth1\nauto_failback on\nlogfacility daemon\n",
          0644);
  EXPECT_NE(log_of(validate(m)).find("crc lets anybody on the network speak"), std::string::npos);
}

TEST(HaCf, NodeinfoNamesThisNodeWithoutTheBlanksBehindIt) {
  test::FakeMachine m = machine("");
  m.name = "elsewhere";
  m.write("/etc/ha.d/nodeinfo", "Node2 \t\nnode1\n");
  EXPECT_EQ(validate(m).own_node, "node2");
  EXPECT_TRUE(validate(m).ok());
  m.write("/etc/ha.d/nodeinfo", "node2");  // no whole line
  EXPECT_EQ(validate(m).own_node, "elsewhere");
}

TEST(HaCf, ACheckLooksAtEveryFileAlthoughTheFirstIsBad) {
  test::FakeMachine m = machine("nodes node3\n");
  m.write("/etc/ha.d/authkeys", "auth 1\n1 sha3 0123456789abcdef\n");
  m.write("/etc/ha.d/haresources", "node9 10.0.0.1\n", 0644);
  StartOptions options;
  options.every_file = true;
  const Verdict verdict = validate(m, options);
  EXPECT_EQ(verdict.ha_cf.diagnostics.at(0).message, "unknown directive \"nodes\"");
  EXPECT_EQ(verdict.authkeys.diagnostics.at(0).message, "unknown method \"sha3\"");
  EXPECT_EQ(verdict.haresources.diagnostics.at(0).message, "\"node9\" is not a node of ha.cf");
  EXPECT_EQ(log_of(verdict).find("sha3"), std::string::npos);
}

}  // namespace
}  // namespace um::parsers
