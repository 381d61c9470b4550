#include <array>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "heartbeat/guard_link.hpp"
#include "heartbeat/release.hpp"
#include "heartbeat/role.hpp"

namespace um::heartbeat {
namespace {

using namespace std::chrono_literals;

TEST(GuardLink, EveryMessageComesBackAsItWas) {
  const std::vector<GuardMessage> messages = {
      EngineReady{},
      EngineFailed{6},
      EngineHolds{"all", {{"ldirectord::ldirectord.cf", "IPaddr2::192.168.0.105/24/eth0"}, {"A"}}},
      EngineHolds{"none", {}},
      EngineSettings{500ms, 5000ms, true},
      EngineLeaves{},
      EngineRestarts{6000ms},
  };
  for (const GuardMessage& message : messages) {
    const auto decoded = decode_guard_message(encode(message));
    ASSERT_TRUE(decoded) << encode(message);
    EXPECT_EQ(*decoded, message) << encode(message);
  }
}

TEST(GuardLink, NonsenseIsNoMessage) {
  for (const char* text : {"", "hello", "failed", "failed x", "settings 1 2", "holds"})
    EXPECT_FALSE(decode_guard_message(text)) << text;
}

TEST(GuardLink, ADeadEndIsNotWaitedFor) {
  const auto ends = make_link();
  ASSERT_TRUE(ends);
  ASSERT_TRUE(send_on_link(ends->engine, EngineReady{}));
  std::array<char, 64> buffer{};
  EXPECT_EQ(::recv(ends->guardian, buffer.data(), buffer.size(), 0), 5);
  ::close(ends->guardian);
  EXPECT_FALSE(send_on_link(ends->engine, EngineReady{}));
  ::close(ends->engine);
}

TEST(Role, AnOrderSurvivesTheEnvironment) {
  RoleOrder order;
  order.role = Role::kGuardian;
  order.debug = 2;
  order.manage_resources = false;
  order.quiet = true;
  order.engine = 4711;
  EXPECT_EQ(decode_order(encode(order)), order);
  order = {};
  order.held = "foreign";
  EXPECT_EQ(decode_order(encode(order)), order);
  EXPECT_FALSE(decode_order("somebody 1 1 1 1 1 -"));
  EXPECT_FALSE(decode_order(""));
}

TEST(Release, AddressesOfAllGroupsGoFirstThenTheRestRightToLeft) {
  const std::vector<std::vector<std::string>> groups = {
      {"ldirectord::ldirectord.cf", "LVSSyncDaemonSwap::master", "IPaddr2::192.168.0.105/24/eth0"},
      {"10.0.0.1", "Filesystem::/dev/sda1::/data"},
  };
  std::string order;
  for (const ReleaseStep& step : release_order(groups)) order += step.word + "\n";
  EXPECT_EQ(order,
            "IPaddr2::192.168.0.105/24/eth0\n"
            "10.0.0.1\n"
            "LVSSyncDaemonSwap::master\n"
            "ldirectord::ldirectord.cf\n"
            "Filesystem::/dev/sda1::/data\n");
}

}  // namespace
}  // namespace um::heartbeat
