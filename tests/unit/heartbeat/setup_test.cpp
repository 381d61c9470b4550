#include "heartbeat/cluster_setup.hpp"
#include "heartbeat/fence.hpp"
#include "heartbeat/log_setup.hpp"
#include "temporary.hpp"

namespace um::heartbeat {
namespace {

using namespace std::chrono_literals;

parsers::Verdict verdict(const std::string& ha_cf, const std::string& haresources = "") {
  parsers::Verdict out;
  out.own_node = "loadb1";
  out.config = parsers::parse_ha_cf(parsers::Source("ha.cf", ha_cf)).value;
  const std::vector<std::string> nodes = {"loadb1", "loadb2"};
  out.resources =
      parsers::parse_haresources(parsers::Source("haresources", haresources), nodes).value;
  return out;
}

TEST(ClusterSetup, TheTutorialsFilesGiveTheTutorialsCluster) {
  const auto files = verdict(
      "logfacility local0\nbcast eth0\nmcast eth0 225.0.0.1 694 1 0\nping 192.168.0.1\n"
      "auto_failback off\nkeepalive 500ms\ndeadtime 5\nnode loadb1\nnode LOADB2\n",
      "loadb1 ldirectord::ldirectord.cf IPaddr2::192.168.0.105/24/eth0\n");
  Identification who;
  who.generation = 7;
  who.held = "local";
  const cluster::Config config = cluster_config(files, who, {"ifstat"});
  EXPECT_EQ(config.node, "loadb1");
  EXPECT_EQ(config.generation, 7u);
  ASSERT_EQ(config.nodes.size(), 3u);
  EXPECT_EQ(config.nodes[1].name, "loadb2");
  EXPECT_EQ(config.nodes[2].name, "192.168.0.1");
  EXPECT_EQ(config.nodes[2].kind, cluster::NodeKind::kPing);
  ASSERT_EQ(config.media.size(), 3u);
  EXPECT_EQ(config.media[0].link, "eth0");
  EXPECT_EQ(config.media[1].link, "eth0");
  EXPECT_EQ(config.media[1].ping_node, "");
  EXPECT_EQ(config.media[2].ping_node, "192.168.0.1");
  EXPECT_EQ(config.times.keepalive, 500ms);
  EXPECT_EQ(config.times.deadtime, 5000ms);
  EXPECT_EQ(config.failback, cluster::Failback::kOff);
  ASSERT_EQ(config.groups.size(), 1u);
  EXPECT_EQ(
      config.groups[0].resources,
      (std::vector<std::string>{"ldirectord::ldirectord.cf", "IPaddr2::192.168.0.105/24/eth0"}));
  EXPECT_EQ(config.rc_scripts, (std::vector<std::string>{"ifstat"}));
  EXPECT_EQ(config.held_at_start, "local");
}

TEST(ClusterSetup, WithoutResourceManagementThereAreNoGroupsAndNoScripts) {
  Identification who;
  who.manage_resources = false;
  const auto config =
      cluster_config(verdict("bcast eth0\nnode loadb1\n", "loadb1 A\n"), who, {"status"});
  EXPECT_TRUE(config.groups.empty());
  EXPECT_TRUE(config.rc_scripts.empty());
}

class RcScripts : public Temporary {};

TEST_F(RcScripts, WhatHeartbeatDoesItselfIsRunOnlyWhenTheAdministratorChangedIt) {
  std::filesystem::create_directories(path("rc.d"));
  std::filesystem::create_directories(path("shipped"));
  for (const char* name : {"status", "ip-request", "ldirectord_admin"}) {
    write(std::string("rc.d/") + name, "#!/bin/sh\n");
    write(std::string("shipped/") + name, "#!/bin/sh\n");
  }
  write("rc.d/ip-request", "#!/bin/sh\n# changed\n");
  write("rc.d/ifstat", "#!/bin/sh\n");
  write("rc.d/.hidden", "#!/bin/sh\n");
  EXPECT_EQ(rc_scripts(path("rc.d"), path("shipped")),
            (std::vector<std::string>{"ifstat", "ip-request", "ldirectord_admin"}));
}

TEST_F(RcScripts, WithoutTheDirectoryThereAreNone) {
  EXPECT_TRUE(rc_scripts(path("missing"), path("shipped")).empty());
}

LogSettings settings(const std::string& ha_cf) {
  return log_settings(parsers::parse_ha_cf(parsers::Source("ha.cf", ha_cf)).value, 0, false);
}

TEST(LogSetup, WhatHaCfNamesIsUsed) {
  const LogSettings out = settings("logfacility local0\nlogfile /var/log/ha-log\n");
  EXPECT_EQ(out.facility, syslog_facility("local0"));
  EXPECT_EQ(out.logfile, "/var/log/ha-log");
  EXPECT_FALSE(settings("logfile /var/log/ha-log\n").facility);
}

TEST(LogSetup, WithNothingConfiguredSyslogsDaemonFacilityGetsTheLines) {
  EXPECT_EQ(settings("node loadb1\n").facility, syslog_facility("daemon"));
  EXPECT_EQ(settings("use_logd yes\nlogfile /x\n").facility, syslog_facility("daemon"));
}

TEST(LogSetup, ALineOfAScriptLooksAsItsScriptWroteIt) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const LogSettings out = settings("logfile /x\n");
  const LogLine line{LogLevel::kInfo, "Acquiring resource group: loadb1 A",
                     std::chrono::system_clock::from_time_t(1133164805), 103, "ResourceManager"};
  EXPECT_EQ(out.file_format(line),
            "2005/11/28_08:00:05  ResourceManager(default)[103]:    "
            "info: Acquiring resource group: loadb1 A");
  EXPECT_EQ(out.debugfile_format(line),
            "ResourceManager(default)[103]:\t2005/11/28_08:00:05 "
            "info: Acquiring resource group: loadb1 A");
  EXPECT_EQ(out.syslog_format(line), "info: Acquiring resource group: loadb1 A");
}

std::string command_line(const Command& command) {
  std::string out;
  for (const std::string& word : command.argv) out += (out.empty() ? "" : " ") + word;
  return out;
}

TEST(Fence, TheDeviceOfClusterGlueIsAskedByItsCommand) {
  parsers::Stonith device;
  device.type = "external/ssh";
  device.parameters = "loadb1 loadb2";
  EXPECT_EQ(command_line(fence_command(device, "loadb2")),
            "/usr/sbin/stonith -t external/ssh -p loadb1 loadb2 -T reset loadb2");
  device.config_file = "/etc/ha.d/stonith.cf";
  EXPECT_EQ(command_line(fence_command(device, "loadb2")),
            "/usr/sbin/stonith -t external/ssh -F /etc/ha.d/stonith.cf -T reset loadb2");
}

TEST(Fence, AFenceAgentReadsItsParametersFromStandardInput) {
  parsers::Stonith device;
  device.type = "fence/ipmilan";
  device.parameters = "ip=10.0.0.9 username=admin";
  const Command command = fence_command(device, "loadb2");
  EXPECT_EQ(command_line(command), "/usr/sbin/fence_ipmilan");
  EXPECT_EQ(command.input,
            "ip=10.0.0.9\nusername=admin\naction=reboot\nnodename=loadb2\nplug=loadb2\n");
}

}  // namespace
}  // namespace um::heartbeat
