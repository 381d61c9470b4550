#include "address/takeover.hpp"

#include <gtest/gtest.h>

#include "tables.hpp"

namespace um::address {
namespace {

const Ip kVip = *Ip::parse("192.168.0.105");

std::string commands(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) text += step.command() + '\n';
  return text;
}

std::string status(std::string_view device, const Table& table) {
  const Status status = status_of(kVip, device, table);
  return std::string(name_of(status)) + ' ' + std::to_string(exit_code_of(status));
}

const Assigned kPlace = assigned("192.168.0.105/24 brd 192.168.0.255 dev eth0");

TEST(Takeover, StatusHasTheWordsAndCodesOfTheOldScripts) {
  EXPECT_EQ(status("eth0", node()), "stopped 3");
  EXPECT_EQ(status("eth0", node({"192.168.0.105/24 dev eth0"})), "running 0");
  EXPECT_EQ(status("eth0", node({"192.168.0.105/32 dev lo"})), "loopback 3");
  EXPECT_EQ(status("lo", node({"192.168.0.105/32 dev lo"})), "running 0");
}

TEST(Takeover, PresentMeansAnyPrefixLabelAndInterface) {
  EXPECT_EQ(status("eth0", node({"192.168.0.105/28 dev eth1 label eth1:x"})), "running 0");
  EXPECT_EQ(status("eth0", node({"192.168.0.10/24 dev eth0"})), "stopped 3");
}

TEST(Takeover, AnIpsecDeviceOnlyMirrorsAnother) {
  EXPECT_EQ(status("eth0", node({"192.168.0.105/24 dev ipsec0"})), "stopped 3");
}

TEST(Takeover, StartAddsTheAddress) {
  EXPECT_EQ(commands(start_steps(kPlace, node())),
            "ip -f inet addr add 192.168.0.105/24 brd 192.168.0.255 dev eth0\n");
}

TEST(Takeover, StartTwiceDoesNothing) {
  EXPECT_EQ(commands(start_steps(kPlace, node({"192.168.0.105/24 dev eth0"}))), "");
}

TEST(Takeover, StartBringsAnInterfaceUp) {
  Table table = node();
  table.links[1].up = false;
  EXPECT_EQ(commands(start_steps(kPlace, table)),
            "ip -f inet addr add 192.168.0.105/24 brd 192.168.0.255 dev eth0\n"
            "ip link set eth0 up\n");
}

TEST(Takeover, ACopyOnLoopbackGoesOnlyAfterTheAddressIsWhereItBelongs) {
  EXPECT_EQ(commands(start_steps(kPlace, node({"192.168.0.105/32 dev lo label lo:0"}))),
            "ip -f inet addr add 192.168.0.105/24 brd 192.168.0.255 dev eth0\n"
            "ip -f inet addr delete 192.168.0.105/32 dev lo\n");
}

TEST(Takeover, StopRemovesEveryPlaceAndPutsTheCopyBack) {
  const Table table = node({"192.168.0.105/24 dev eth0", "192.168.0.105/32 dev eth1"});
  EXPECT_EQ(
      commands(stop_steps(kVip, "eth0", {assigned("192.168.0.105/32 dev lo label lo:0")}, table)),
      "ip -f inet addr delete 192.168.0.105/24 dev eth0\n"
      "ip -f inet addr delete 192.168.0.105/32 dev eth1\n"
      "ip -f inet addr add 192.168.0.105/32 dev lo label lo:0\n");
}

TEST(Takeover, StopLeavesLoopbackAlone) {
  EXPECT_EQ(commands(stop_steps(kVip, "eth0", {}, node({"192.168.0.105/32 dev lo"}))), "");
  EXPECT_EQ(commands(stop_steps(kVip, "eth0", {assigned("192.168.0.105/32 dev lo")},
                                node({"192.168.0.105/32 dev lo"}))),
            "");
}

TEST(Takeover, StopTakesItFromLoopbackOnlyWhereItWasConfigured) {
  EXPECT_EQ(commands(stop_steps(kVip, "lo", {}, node({"192.168.0.105/32 dev lo"}))),
            "ip -f inet addr delete 192.168.0.105/32 dev lo\n");
}

TEST(Takeover, SecondaryAddressesThatVanishWithTheirPrimaryArePutBack) {
  const Table before = node({"10.0.0.1/24 dev eth0", "10.0.0.2/24 dev eth0 label eth0:b",
                             "10.0.0.3/24 dev eth1", "10.0.1.4/24 dev eth0"});
  const auto removed = stop_steps(*Ip::parse("10.0.0.1"), "eth0", {}, before);
  EXPECT_EQ(commands(put_back_steps(removed, before, node())),
            "ip -f inet addr add 10.0.0.2/24 dev eth0 label eth0:b\n");
}

TEST(Takeover, TheFirstFreeAliasIsTaken) {
  EXPECT_EQ(free_alias("eth0", node()), "eth0:0");
  EXPECT_EQ(free_alias("eth0", node({"10.0.0.1/24 dev eth0 label eth0:0",
                                     "10.0.0.2/24 dev eth0 label eth0:2"})),
            "eth0:1");
  EXPECT_EQ(free_alias("interface-name15", node()), std::nullopt);
}

TEST(Takeover, TheLoopbackCopyIsKeptWithAllThatItHad) {
  for (const std::string words : {"192.168.0.105/32 dev lo",
                                  "192.168.0.105/32 brd 192.168.0.105 dev lo label lo:0 scope host",
                                  "192.168.0.105/24 dev lo label lo:vip scope link"}) {
    const auto copies = read_loopback(kVip, save_loopback({assigned(words)}));
    ASSERT_EQ(copies.size(), 1U) << words;
    EXPECT_EQ(copies[0].words(), words);
  }
}

TEST(Takeover, NotesOfOlderReleasesAreUnderstood) {
  EXPECT_EQ(read_loopback(kVip, "192.168.0.105 32 255.255.255.255 lo\n")[0].words(),
            "192.168.0.105/32 brd 255.255.255.255 dev lo");
  EXPECT_EQ(read_loopback(kVip, "lo:0\n")[0].words(),
            "192.168.0.105/32 brd 255.255.255.255 dev lo label lo:0");
}

TEST(Takeover, ANoteThatIsNotOneRestoresNothing) {
  EXPECT_TRUE(read_loopback(kVip, "").empty());
  EXPECT_TRUE(read_loopback(kVip, "10.0.0.1 32 255.255.255.255 lo\n").empty());
  EXPECT_TRUE(read_loopback(kVip, "192.168.0.105 x y\n\xff\n").empty());
}

}  // namespace
}  // namespace um::address
