// ipfail's table of events (heartbeat-api 10.4) and the run of 10.5, without heartbeat.
#include "tools/ipfail.hpp"

#include <gtest/gtest.h>

namespace um::tools {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;
using wire::Message;

TimePoint at(std::chrono::milliseconds t) {
  return TimePoint(t);
}

class FakeHeartbeat final : public IpfailHeartbeat {
 public:
  std::vector<Node> nodes() override { return all; }
  std::string resources() override { return held; }
  void send(Message message) override {
    std::string text;
    for (const auto& field : message.fields())
      text += (text.empty() ? "" : " ") + field.name + "=" + field.value;
    sent.push_back(text);
  }

  std::vector<Node> all{{"nodea", "normal", "active"},
                        {"nodeb", "normal", "active"},
                        {"10.94.0.254", "ping", "ping"},
                        {"grp1", "ping", "ping"}};
  std::string held = "local";
  Lines sent;
};

class IpfailTest : public testing::Test {
 protected:
  void start(bool auto_failback = false) {
    ipfail.emplace(IpfailSettings{"nodea", auto_failback, 500ms}, heartbeat,
                   [this](LogLevel level, const std::string& text) {
                     if (level != LogLevel::kDebug) log.push_back(text);
                   });
    ipfail->start();
  }

  void hear(std::initializer_list<std::pair<std::string_view, std::string_view>> fields,
            std::chrono::milliseconds when = 0ms) {
    Message message;
    for (const auto& [name, value] : fields) message.set(name, value);
    ipfail->message(message, at(when));
  }
  void they_see(std::string_view count, std::chrono::milliseconds when = 0ms) {
    hear({{"t", "num_ping_nodes"}, {"src", "nodeb"}, {"num_ping", count}}, when);
  }
  void ping_nodes_alive(int count) {
    heartbeat.all[2].status = count > 0 ? "ping" : "dead";
    heartbeat.all[3].status = count > 1 ? "ping" : "dead";
  }
  void tick(std::chrono::milliseconds when) { ipfail->tick(at(when)); }

  FakeHeartbeat heartbeat;
  Lines log;
  std::optional<Ipfail> ipfail;
};

const std::string kCount2 = "t=num_ping_nodes src=nodea num_ping=2 dest=nodeb";
const std::string kAbort = "t=abort_giveup src=nodea dest=nodeb";
const std::string kGiveAll = "t=ask_resources rsc_hold=all src=nodea info=me";
const std::string kGiveForeign = "t=ask_resources rsc_hold=foreign src=nodea info=me";

TEST_F(IpfailTest, ThePeerIsTheFirstOtherNormalNode) {
  heartbeat.all.insert(heartbeat.all.begin() + 2, {"nodec", "normal", "active"});
  start();
  EXPECT_EQ(ipfail->peer(), "nodeb");
  EXPECT_EQ(log, Lines{"2 other nodes: ipfail compares with nodeb alone"});
}

TEST_F(IpfailTest, ADeadPingNodeIsOnlySaid) {
  start();
  ping_nodes_alive(1);
  hear({{"t", "status"}, {"src", "grp1"}, {"st", "dead"}, {"info", "ping"}});
  EXPECT_EQ(log,
            (Lines{"Status update: Node grp1 now has status dead", "NS: We are still alive!"}));
  ping_nodes_alive(0);
  hear({{"t", "status"}, {"src", "10.94.0.254"}, {"st", "dead"}});
  EXPECT_EQ(log.back(), "NS: We are dead. :<");
  EXPECT_EQ(heartbeat.sent, Lines{});
}

TEST_F(IpfailTest, APingNodeThatComesBackAsksTheOtherSide) {
  start();
  hear({{"t", "NS_st"}, {"src", "grp1"}, {"st", "ping"}});
  EXPECT_EQ(heartbeat.sent, Lines{kCount2});
}

TEST_F(IpfailTest, ADeadLinkAsksTheOtherSideAndALivingOneDoesNot) {
  start();
  hear({{"t", "ifstat"}, {"node", "nodeb"}, {"ifname", "eth0"}, {"st", "up"}});
  EXPECT_EQ(heartbeat.sent, Lines{});
  hear({{"t", "ifstat"}, {"node", "nodeb"}, {"ifname", "eth0"}, {"st", "dead"}});
  EXPECT_EQ(heartbeat.sent, Lines{kCount2});
  EXPECT_EQ(log, (Lines{"Link Status update: Link nodeb/eth0 now has status up",
                        "Link Status update: Link nodeb/eth0 now has status dead",
                        "Checking remote count of ping nodes.",
                        "Asking other side for ping node count."}));
}

TEST_F(IpfailTest, TheOtherIpfailIsAskedWhenItJoins) {
  start();
  hear({{"t", "hbapi-clstat"}, {"st", "join"}, {"from_id", "ipfail"}, {"src", "nodea"}});
  hear({{"t", "hbapi-clstat"}, {"st", "leave"}, {"from_id", "ipfail"}, {"src", "nodeb"}});
  EXPECT_EQ(heartbeat.sent, Lines{});
  hear({{"t", "hbapi-clstat"}, {"st", "join"}, {"from_id", "ipfail"}, {"src", "nodeb"}});
  EXPECT_EQ(heartbeat.sent, Lines{kCount2});
}

TEST_F(IpfailTest, WhoSeesMoreTellsTheOther) {
  start();
  they_see("1");
  EXPECT_EQ(heartbeat.sent, Lines{"t=you_are_dead dest=nodeb"});
  EXPECT_EQ(ipfail->next_deadline(), std::nullopt);
}

TEST_F(IpfailTest, WhoSeesFewerGivesUpAllAfterTwiceTheKeepalive) {
  start();
  ping_nodes_alive(1);
  they_see("2", 100ms);
  EXPECT_EQ(log, (Lines{"Giving up because we have less visible ping nodes.",
                        "Delayed giveup in 1 seconds."}));
  EXPECT_EQ(ipfail->next_deadline(), at(1100ms));
  tick(1099ms);
  EXPECT_EQ(heartbeat.sent, Lines{});
  tick(1100ms);
  EXPECT_EQ(heartbeat.sent, Lines{kGiveAll});
}

TEST_F(IpfailTest, MoreMessagesDoNotPushTheGiveUpOut) {
  start();
  ping_nodes_alive(0);
  they_see("2", 0ms);
  they_see("2", 600ms);
  hear({{"t", "you_are_dead"}}, 900ms);
  tick(1000ms);
  EXPECT_EQ(heartbeat.sent, Lines{kGiveAll});
}

TEST_F(IpfailTest, EqualCountsCancelTheGiveUp) {
  start();
  ping_nodes_alive(1);
  they_see("2");
  they_see("1");
  EXPECT_EQ(heartbeat.sent, Lines{kAbort});
  EXPECT_EQ(log.back(), "Aborted delayed giveup (1)");
  tick(5s);
  EXPECT_EQ(heartbeat.sent, Lines{kAbort});
}

TEST_F(IpfailTest, TheOtherSideCanCancelTheGiveUp) {
  start();
  hear({{"t", "abort_giveup"}});
  EXPECT_EQ(log.back(), "No giveup timer to abort.");
  hear({{"t", "you_are_dead"}});
  hear({{"t", "abort_giveup"}});
  EXPECT_EQ(log.back(), "Aborted delayed giveup (1)");
}

TEST_F(IpfailTest, WithAutoFailbackEqualCountsSendTheForeignGroupsHome) {
  start(true);
  they_see("2");
  EXPECT_EQ(log,
            (Lines{"Ping node count is balanced.", "Giving up foreign resources (auto_failback).",
                   "Delayed giveup in 1 seconds."}));
  tick(1s);
  EXPECT_EQ(heartbeat.sent, (Lines{kAbort, kGiveForeign}));
}

// With two ping nodes returning together the second balanced count cancelled the fail-back for good
// (heartbeat-api 10.4, decision A8).
TEST_F(IpfailTest, ASecondEqualCountOrAnAbortDoesNotCancelTheFailBack) {
  start(true);
  they_see("2", 0ms);
  they_see("2", 10ms);
  hear({{"t", "abort_giveup"}}, 20ms);
  tick(1s);
  EXPECT_EQ(heartbeat.sent, (Lines{kAbort, kAbort, kGiveForeign}));
}

TEST_F(IpfailTest, AFailBackThatBecomesAGiveUpOfAllKeepsItsDeadline) {
  start(true);
  they_see("2", 0ms);
  hear({{"t", "you_are_dead"}}, 500ms);
  tick(1s);
  EXPECT_EQ(heartbeat.sent.back(), kGiveAll);
}

TEST_F(IpfailTest, NoFailBackIsPlannedInTransition) {
  start(true);
  heartbeat.held = "transition";
  they_see("2");
  EXPECT_EQ(ipfail->next_deadline(), std::nullopt);
}

TEST_F(IpfailTest, AGiveUpInTransitionIsLookedAtAgainWhenThePeerIsStable) {
  start();
  hear({{"t", "you_are_dead"}}, 0ms);
  heartbeat.held = "transition";
  tick(1s);
  EXPECT_EQ(heartbeat.sent, Lines{});
  hear({{"t", "resource"}, {"src", "nodeb"}, {"isstable", "0"}}, 2s);
  hear({{"t", "resource"}, {"src", "nodeb"}, {"isstable", "1"}, {"info", "x"}}, 2s);
  hear({{"t", "resource"}, {"src", "nodea"}, {"isstable", "1"}}, 2s);
  EXPECT_EQ(ipfail->next_deadline(), std::nullopt);
  hear({{"t", "resource"}, {"src", "nodeb"}, {"isstable", "1"}}, 3s);
  EXPECT_EQ(ipfail->next_deadline(), at(13s));
  tick(13s);
  EXPECT_EQ(heartbeat.sent, Lines{kCount2});
}

TEST_F(IpfailTest, ADaemonThatDoesNotAnswerIsNoLossOfPingNodes) {
  start();
  heartbeat.all.clear();
  they_see("2");
  hear({{"t", "ifstat"}, {"node", "nodeb"}, {"ifname", "eth0"}, {"st", "dead"}});
  EXPECT_EQ(ipfail->next_deadline(), std::nullopt);
  EXPECT_EQ(heartbeat.sent, Lines{});
}

TEST_F(IpfailTest, ACountThatIsNoNumberIsIgnored) {
  start();
  they_see("many");
  EXPECT_EQ(heartbeat.sent, Lines{});
}

}  // namespace
}  // namespace um::tools
