// Every UDP medium between two network namespaces of the test's own.
#include "media/udp.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "support.hpp"

namespace um::media {
namespace {

using test::run_until;
using test::Said;
using test::TwoHosts;
using Side = TwoHosts::Side;
using Packets = std::vector<std::string>;

const parsers::Bcast kBcast{"eth0", 694};
const parsers::Mcast kMcast{"eth0", "225.0.0.1", 694, 1, false};
const parsers::Mcast6 kMcast6{"eth0", "ff12::1:2:3:4", 694, 1, false};
constexpr auto kWaitForInterface = std::chrono::milliseconds(250);

class Udp : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(TwoHosts::available()) << "this test needs the right to create network namespaces";
    hosts.emplace();
  }

  struct Node {
    std::unique_ptr<UdpMedium> medium;
    Packets heard;
  };

  std::unique_ptr<Node> node(Side side, const UdpRoute& route) {
    auto made = std::make_unique<Node>();
    hosts->in(side, [&] {
      made->medium = std::make_unique<UdpMedium>(io.get_executor(), route, said.sink());
      EXPECT_EQ(made->medium->start([raw = made.get()](std::string_view packet) {
        raw->heard.emplace_back(packet);
      }),
                std::nullopt);
    });
    return made;
  }

  // A medium asks for its interface at each send, so that happens in its namespace too.
  void send(Side side, Node& node, std::string_view packet) {
    hosts->in(side, [&] { node.medium->send(packet); });
  }

  bool hears(const Node& node, const std::string& packet) {
    return run_until(io, [&] { return std::ranges::count(node.heard, packet) > 0; });
  }

  // Sent again and again, as heartbeats are: on a busy machine a new link, its IPv6 addresses and
  // its neighbours take their time, and what is sent before is lost.
  void expect_both_ways(const UdpRoute& left_route, const UdpRoute& right_route) {
    auto left = node(TwoHosts::kLeft, left_route), right = node(TwoHosts::kRight, right_route);
    EXPECT_TRUE(run_until(io, [&] {
      send(TwoHosts::kLeft, *left, "from left");
      send(TwoHosts::kRight, *right, "from right");
      return std::ranges::count(right->heard, "from left") > 0 &&
             std::ranges::count(left->heard, "from right") > 0;
    }));
  }

  boost::asio::io_context io;
  Said said;
  std::optional<TwoHosts> hosts;
};

TEST_F(Udp, BcastReachesTheOtherHost) {
  expect_both_ways(kBcast, kBcast);
}

TEST_F(Udp, McastReachesTheOtherHost) {
  expect_both_ways(kMcast, kMcast);
}

TEST_F(Udp, UcastReachesTheOtherHost) {
  expect_both_ways(parsers::Ucast{"eth0", "right", "10.77.0.2", 694},
                   parsers::Ucast{"eth0", "left", "10.77.0.1", 694});
}

TEST_F(Udp, Ucast6ReachesTheOtherHost) {
  expect_both_ways(parsers::Ucast6{"eth0", "fd00:77::2", 694},
                   parsers::Ucast6{"eth0", "fd00:77::1", 694});
}

TEST_F(Udp, Mcast6ReachesTheOtherHost) {
  expect_both_ways(kMcast6, kMcast6);
}

TEST_F(Udp, BcastAndMcastOnOneInterfaceEachDeliverOnce) {
  auto left_b = node(TwoHosts::kLeft, kBcast), left_m = node(TwoHosts::kLeft, kMcast);
  auto right_b = node(TwoHosts::kRight, kBcast), right_m = node(TwoHosts::kRight, kMcast);
  send(TwoHosts::kLeft, *left_b, "beat");
  send(TwoHosts::kLeft, *left_m, "beat");
  EXPECT_TRUE(hears(*right_b, "beat"));
  EXPECT_TRUE(hears(*right_m, "beat"));
  send(TwoHosts::kLeft, *left_b, "last");
  send(TwoHosts::kLeft, *left_m, "last");
  EXPECT_TRUE(hears(*right_b, "last"));
  EXPECT_TRUE(hears(*right_m, "last"));
  EXPECT_EQ(right_b->heard, (Packets{"beat", "last"}));
  EXPECT_EQ(right_m->heard, (Packets{"beat", "last"}));
}

TEST_F(Udp, AHostHearsItsOwnBroadcastButNotItsOwnGroupWithLoop0) {
  auto bcast = node(TwoHosts::kLeft, kBcast), mcast = node(TwoHosts::kLeft, kMcast);
  send(TwoHosts::kLeft, *mcast, "group");
  send(TwoHosts::kLeft, *bcast, "broadcast");
  EXPECT_TRUE(hears(*bcast, "broadcast"));
  EXPECT_EQ(mcast->heard, Packets{});
}

TEST_F(Udp, TwoUcastLinesOnOneInterfaceShareThePort) {
  auto first = node(TwoHosts::kLeft, parsers::Ucast{"eth0", "right", "10.77.0.2", 694});
  auto second = node(TwoHosts::kLeft, parsers::Ucast{"eth0", "third", "10.77.0.3", 694});
  auto right = node(TwoHosts::kRight, parsers::Ucast{"eth0", "left", "10.77.0.1", 694});
  send(TwoHosts::kRight, *right, "beat");
  EXPECT_TRUE(run_until(io, [&] { return first->heard.size() + second->heard.size() == 1; }));
}

TEST_F(Udp, AnInterfaceThatGoesDownAndUpCarriesHeartbeatsAgain) {
  for (const UdpRoute& route : {UdpRoute(kBcast), UdpRoute(kMcast)}) {
    auto left = node(TwoHosts::kLeft, route), right = node(TwoHosts::kRight, route);
    hosts->run(TwoHosts::kLeft, "ip link set eth0 down");
    send(TwoHosts::kLeft, *left, "lost");
    hosts->run(TwoHosts::kLeft, "ip link set eth0 up");
    EXPECT_TRUE(run_until(io, [&] {
      send(TwoHosts::kLeft, *left, "to right");
      send(TwoHosts::kRight, *right, "to left");
      return std::ranges::count(right->heard, "to right") &&
             std::ranges::count(left->heard, "to left");
    }));
  }
}

TEST_F(Udp, AnInterfaceThatIsRemovedAndCreatedAgainIsFollowed) {
  auto left = node(TwoHosts::kLeft, kBcast);
  hosts->run(TwoHosts::kLeft, "ip link del eth0");
  std::this_thread::sleep_for(kWaitForInterface);
  send(TwoHosts::kLeft, *left, "lost");
  EXPECT_EQ(
      said.lines.back(),
      "ERROR: write_child: write failure on bcast eth0.: interface eth0 has no broadcast address");
  hosts->run(TwoHosts::kLeft, "ip link add eth0 type veth peer name eth1");
  hosts->run(TwoHosts::kLeft, "ip addr add 10.78.0.1/24 brd + dev eth0");
  hosts->run(TwoHosts::kLeft, "ip link set eth1 up && ip link set eth0 up");
  std::this_thread::sleep_for(kWaitForInterface);
  send(TwoHosts::kLeft, *left, "back");
  EXPECT_TRUE(hears(*left, "back")) << "its own broadcast, looped by the kernel";
  EXPECT_EQ(said.lines.back(),
            "info: bcast eth0 can be written to again, 1 messages were discarded.");
}

TEST_F(Udp, AMissingInterfaceIsWaitedForAndSaidOnce) {
  auto left = node(TwoHosts::kLeft, parsers::Mcast{"eth9", "225.0.0.1", 694, 1, false});
  EXPECT_EQ(said.lines, Packets{"WARN: mcast eth9: there is no interface eth9: waiting for it"});
}

TEST_F(Udp, AMediumThatCannotWriteSaysSoOnce) {
  auto left = node(TwoHosts::kLeft, kBcast);
  hosts->run(TwoHosts::kLeft, "ip link set eth0 down");
  for (int i = 0; i < 100; ++i) send(TwoHosts::kLeft, *left, "lost");
  EXPECT_EQ(std::ranges::count_if(said.lines, [](auto& l) { return l.starts_with("ERROR"); }), 1);
}

TEST_F(Udp, ADatagramLargerThanUdpCarriesIsDroppedWithALine) {
  auto left = node(TwoHosts::kLeft, kBcast);
  send(TwoHosts::kLeft, *left, std::string(70000, 'x'));
  EXPECT_EQ(said.lines.back(),
            "ERROR: write_child: write failure on bcast eth0.: Message too long");
}

TEST_F(Udp, AMediumMayGoAwayInsideItsOwnCallback) {
  auto left = node(TwoHosts::kLeft, kBcast), right = node(TwoHosts::kRight, kBcast);
  std::unique_ptr<UdpMedium> doomed;
  hosts->in(TwoHosts::kRight, [&] {
    doomed = std::make_unique<UdpMedium>(io.get_executor(), kBcast, said.sink());
    doomed->start([&](std::string_view) { doomed.reset(); });
  });
  send(TwoHosts::kLeft, *left, "beat");
  EXPECT_TRUE(run_until(io, [&] { return !doomed; }));
}

}  // namespace
}  // namespace um::media
