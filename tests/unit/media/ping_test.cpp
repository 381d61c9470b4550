#include "media/ping.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "support.hpp"

namespace um::media {
namespace {

using test::run_until;
using test::Said;
using test::TwoHosts;

std::string captured(const std::string& name) {
  auto path =
      std::filesystem::path(__FILE__).parent_path() / "../../vectors/wire" / (name + ".bin");
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path << " (run from the top of the source tree)";
  return {std::istreambuf_iterator<char>(in), {}};
}

// ---- bytes ------------------------------------------------------------------------------------

TEST(Icmp, ARequestIsByteForByteTheOneThatWasCaptured) {
  for (std::string name : {"md5-ping-request", "md5-ping_group-request"}) {
    std::string icmp = captured(name + ".icmp");
    std::uint16_t id = 0;
    std::memcpy(&id, &icmp[4], 2);
    auto number = static_cast<std::uint16_t>(icmp[6] << 8 | icmp[7]);
    EXPECT_EQ(echo_request(IcmpVersion::kV4, {id, number, captured(name + ".icmpdata")}), icmp);
  }
}

TEST(Icmp, ACapturedReplyCarriesTheMessageBack) {
  std::string reply = captured("md5-ping-reply.icmp");
  auto echo = parse_echo_reply(IcmpVersion::kV4, reply);
  ASSERT_TRUE(echo);
  EXPECT_EQ(echo->data, captured("md5-ping-reply.icmpdata"));
}

TEST(Icmp, RequestsShortMessagesAndBrokenHeadersAreNoReplies) {
  EXPECT_FALSE(parse_echo_reply(IcmpVersion::kV4, captured("md5-ping-request.icmp")));
  EXPECT_FALSE(parse_echo_reply(IcmpVersion::kV6, captured("crc-ping6-request.icmp")));
  EXPECT_FALSE(parse_echo_reply(IcmpVersion::kV4, std::string(7, '\0')));
  for (std::string header : {std::string(), std::string("\x45"), std::string(20, '\x41'),
                             std::string(19, '\x45'), std::string(40, '\x65')})
    EXPECT_EQ(skip_ipv4_header(header), "");
}

// ---- what a ping medium carries ----------------------------------------------------------------

TEST(Ping, AStatusBecomesAnEchoInThePingNodesNameAndNothingElseIsCarried) {
  boost::asio::io_context io;
  PingMedium medium(io.get_executor(), {"ping", "10.77.0.3", {"10.77.0.3"}}, 1, Said().sink());
  wire::Message status("status");
  status.set("st", "active").set("src", "alpha").set("ts", "6b029995").set("seq", "9");
  wire::Keyring keys;
  keys.set(2, {wire::Method::kMd5, "OtherKey"});
  auto real = wire::decode_packet(captured("md5-ping-request.icmpdata"), keys).message;
  real.erase("auth");
  EXPECT_EQ(medium.carried(status), real);
  EXPECT_EQ(medium.carried(wire::Message("resource")), std::nullopt);
  EXPECT_TRUE(medium.accepts(real));
}

TEST(Ping, TheEchoOfAnotherPingMediumIsNotTaken) {
  boost::asio::io_context io;
  PingMedium medium(io.get_executor(), {"ping", "10.77.0.3", {"10.77.0.3"}}, 1, Said().sink());
  wire::Message echo("NS_st");
  echo.set("st", "ping").set("info", "ping").set("src", "10.77.0.3");
  EXPECT_TRUE(medium.accepts(echo));
  EXPECT_FALSE(medium.accepts(wire::Message(echo).set("info", "ping_group")));
  EXPECT_FALSE(medium.accepts(wire::Message(echo).set("src", "10.77.0.4")));
  EXPECT_FALSE(medium.accepts(wire::Message(echo).set("t", "status")));
}

// ---- on a network -----------------------------------------------------------------------------

class PingNetwork : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(TwoHosts::available()) << "this test needs the right to create network namespaces";
    hosts.emplace();
  }

  void start(const PingTarget& target, std::uint16_t id = 77) {
    hosts->in(TwoHosts::kLeft, [&] {
      medium = std::make_unique<PingMedium>(io.get_executor(), target, id, said.sink());
      EXPECT_EQ(medium->start([this](std::string_view packet) { heard.emplace_back(packet); }),
                std::nullopt);
    });
  }

  bool hears(const std::string& packet) {
    return run_until(io, [&] { return std::ranges::count(heard, packet) > 0; });
  }

  boost::asio::io_context io;
  Said said;
  std::optional<TwoHosts> hosts;
  std::unique_ptr<PingMedium> medium;
  std::vector<std::string> heard;
};

TEST_F(PingNetwork, AHostThatIsUpBringsTheMessageBack) {
  start({"ping", "gw", {"10.77.0.2"}});
  medium->send("echo");
  EXPECT_TRUE(hears("echo"));
}

TEST_F(PingNetwork, AnIpv6HostThatIsUpBringsTheMessageBack) {
  start({"ping6", "fd00:77::2", {"fd00:77::2"}});
  medium->send("echo");
  EXPECT_TRUE(hears("echo"));
}

TEST_F(PingNetwork, OneMemberKeepsAGroupAliveAndTwoCountOnce) {
  hosts->run(TwoHosts::kRight, "ip addr add 10.77.0.3/24 dev eth0");
  start({"ping_group", "gw", {"10.77.0.2", "10.77.0.3", "10.77.0.4"}});
  medium->send("first");
  medium->send("second");
  EXPECT_TRUE(hears("second"));
  medium->send("third");
  EXPECT_TRUE(hears("third"));
  EXPECT_EQ(heard, (std::vector<std::string>{"first", "second", "third"}));
}

TEST_F(PingNetwork, RepliesToAnotherIdAreNotOurs) {
  start({"ping", "gw", {"10.77.0.2"}}, 77);
  auto other_heard = heard;
  std::unique_ptr<PingMedium> other;
  hosts->in(TwoHosts::kLeft, [&] {
    other = std::make_unique<PingMedium>(io.get_executor(), PingTarget{"ping", "gw", {"10.77.0.2"}},
                                         78, said.sink());
    other->start([&](std::string_view packet) { other_heard.emplace_back(packet); });
  });
  other->send("theirs");
  medium->send("ours");
  EXPECT_TRUE(hears("ours"));
  EXPECT_TRUE(run_until(io, [&] { return !other_heard.empty(); }));
  EXPECT_EQ(heard, std::vector<std::string>{"ours"});
  EXPECT_EQ(other_heard, std::vector<std::string>{"theirs"});
}

TEST_F(PingNetwork, AnUnreachableHostIsSaidOnce) {
  start({"ping", "far", {"192.0.2.1"}});
  medium->send("echo");
  medium->send("echo");
  EXPECT_EQ(said.lines,
            (std::vector<std::string>{
                "info: glib: ping heartbeat started.",
                "ERROR: write_child: write failure on ping far.: Network is unreachable"}));
}

}  // namespace
}  // namespace um::media
