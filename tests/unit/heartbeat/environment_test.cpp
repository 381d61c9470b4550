#include "heartbeat/environment.hpp"

#include <gtest/gtest.h>

namespace um::heartbeat {
namespace {

parsers::HaConfig config(const std::string& text) {
  return parsers::parse_ha_cf(parsers::Source("ha.cf", text)).value;
}

Environment child(const std::string& text) {
  return child_environment(config(text), "node1", Paths{}, {{"PATH", "/usr/bin"}}, 0);
}

// Vector env-child-all: what a respawn client of 3.0.6 found.
TEST(Environment, AClientFindsTheDirectivesAndTheFixedNames) {
  const Environment env = child(
      "logfile /var/log/ha-log\nkeepalive 500ms\ndeadtime 2\nwarntime 1\ninitdead 2\n"
      "auto_failback on\nlogfacility local3\nenv FOO=bar\nenv Y=a b=c\nnode node1 node2\n");
  const Environment expected = {
      {"HA_CURHOST", "node1"},
      {"HA_DIR", "/etc/ha.d/"},
      {"HA_FUNCS", "/etc/ha.d//shellfuncs"},
      {"HA_DATEFMT", "%Y/%m/%d_%T\t"},
      {"HA_LOGFILE", "/var/log/ha-log"},
      {"HA_DEBUGLOG", ""},
      {"HA_LOGFACILITY", "local3"},
      {"HA_COMPRESSION", "zlib"},
      {"OCF_ROOT", "/usr/lib/ocf"},
      {"HA_debug", "0"},
      {"HA_FOO", "bar"},
      {"HA_Y", "a"},
      {"HA_b", "c"},
      {"HA_keepalive", "500ms"},
      {"HA_deadtime", "2"},
      {"HA_auto_failback", "on"},
      {"HA_debugfile", "/dev/null"},
      {"PATH", "/usr/bin"},
  };
  for (const auto& [name, value] : expected) {
    ASSERT_TRUE(env.contains(name)) << name;
    EXPECT_EQ(env.at(name), value) << name;
  }
}

TEST(Environment, WithoutAFacilityNothingPointsToTheNullDevice) {
  const Environment env = child("logfile /var/log/ha-log\nnode node1\n");
  EXPECT_FALSE(env.contains("HA_LOGFACILITY"));
  EXPECT_FALSE(env.contains("HA_debugfile"));
}

TEST(Environment, AFacilityAloneKeepsScriptsFromWritingFiles) {
  const Environment env = child("logfacility local0\nnode node1\n");
  EXPECT_EQ(env.at("HA_logfile"), "/dev/null");
  EXPECT_EQ(env.at("HA_LOGFILE"), "");
}

TEST(Environment, ScriptsAreToldWhetherTheLoggingDaemonIsUsed) {
  EXPECT_EQ(script_environment({}, config("use_logd yes\n")).at("HA_LOGD"), "yes");
  EXPECT_EQ(script_environment({}, config("logfile /x\n")).at("HA_LOGD"), "no");
}

}  // namespace
}  // namespace um::heartbeat
