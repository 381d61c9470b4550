#include "address/findif.hpp"

#include <gtest/gtest.h>

#include "tables.hpp"

namespace um::address {
namespace {

std::string found(std::string_view spec, const Table& table) {
  const auto place = find_interface(parse_spec(spec), table);
  return place ? place->words() : place.error().reason;
}

TEST(Findif, TheLongestPrefixWinsWhateverItsMetric) {
  const Table table = node(
      {}, {"default dev eth1", "10.0.0.0/8 dev eth1 metric 0", "10.1.0.0/16 dev eth0 metric 900"});
  EXPECT_EQ(found("10.1.2.3", table), "10.1.2.3/16 dev eth0");
}

TEST(Findif, TheLowestMetricDecidesBetweenEqualPrefixes) {
  const Table table =
      node({}, {"10.1.0.0/16 dev eth0 metric 200", "10.1.0.0/16 dev eth1 metric 100"});
  EXPECT_EQ(found("10.1.2.3", table), "10.1.2.3/16 dev eth1");
}

TEST(Findif, TheDefaultRouteServesOnlyWithAPrefix) {
  const Table table = node({}, {"default dev eth1"});
  EXPECT_EQ(found("8.8.8.8", table), "Cannot use default route w/o netmask [8.8.8.8]");
  EXPECT_EQ(found("8.8.8.8/24", table), "8.8.8.8/24 dev eth1");
}

TEST(Findif, WithoutARouteThereIsNoInterface) {
  EXPECT_EQ(found("10.1.2.3/16", node()), "No route to 10.1.2.3");
}

TEST(Findif, AnExplicitInterfaceNeedsNoRoute) {
  EXPECT_EQ(found("10.1.2.3/16/eth1", node()), "10.1.2.3/16 dev eth1");
  EXPECT_EQ(found("10.1.2.3/16/nosuch", node()), "10.1.2.3/16 dev nosuch");
}

TEST(Findif, TheMissingBroadcastIsThatOfTheInterfacesOwnNetwork) {
  EXPECT_EQ(found("192.168.0.105/32/eth0", node()), "192.168.0.105/32 brd 192.168.0.255 dev eth0");
  EXPECT_EQ(found("192.168.0.105", node()), "192.168.0.105/24 brd 192.168.0.255 dev eth0");
}

TEST(Findif, AnAddressInAForeignNetworkHasNoBroadcast) {
  EXPECT_EQ(found("10.1.2.3/24/eth0", node()), "10.1.2.3/24 dev eth0");
  EXPECT_EQ(found("192.168.0.105/16/eth0", node()), "192.168.0.105/16 dev eth0");
}

TEST(Findif, TheBroadcastWordsAreObeyed) {
  EXPECT_EQ(found("192.168.0.105/25/eth0/+", node()),
            "192.168.0.105/25 brd 192.168.0.127 dev eth0");
  EXPECT_EQ(found("192.168.0.105/24/eth0/-", node()), "192.168.0.105/24 brd 192.168.0.0 dev eth0");
  EXPECT_EQ(found("192.168.0.105/24/eth0/1.2.3.4", node()),
            "192.168.0.105/24 brd 1.2.3.4 dev eth0");
}

TEST(Findif, LoopbackAddressesBelongToLo) {
  EXPECT_EQ(found("127.0.0.9", node()), "127.0.0.9/8 dev lo scope host");
}

TEST(Findif, Ipv6GoesWhereAGlobalAddressHasItsPrefix) {
  const Table table = node({"2001:db8:1::1/48 dev eth0", "2001:db8:1:2::1/64 dev eth1",
                            "fe80::1/64 dev eth0 scope link"});
  EXPECT_EQ(found("2001:db8:1:2::5", table), "2001:db8:1:2::5/64 dev eth1");
  EXPECT_EQ(found("2001:db8:1:9::5/128", table), "2001:db8:1:9::5/128 dev eth0");
  EXPECT_EQ(found("2001:db8:9::5", table),
            "No interface holds a global address with the prefix of 2001:db8:9::5");
  EXPECT_EQ(found("2001:db8:9::5/64/eth0", table), "2001:db8:9::5/64 dev eth0");
}

TEST(Findif, TheLineHasItsBlankOnlyBeforeAGivenBroadcast) {
  const auto line = [](std::string_view text, bool bits) {
    const Spec spec = parse_spec(text);
    return findif_line(*find_interface(spec, node()), spec, bits);
  };
  EXPECT_EQ(line("192.168.0.105", true), "eth0\tnetmask 24\tbroadcast 192.168.0.255");
  EXPECT_EQ(line("192.168.0.105", false), "eth0\tnetmask 255.255.255.0\tbroadcast 192.168.0.255");
  EXPECT_EQ(line("10.1.2.3/16/eth1", true), "eth1\tnetmask 16\tbroadcast 10.1.255.255");
  EXPECT_EQ(line("192.168.0.105/24/eth1/192.168.0.7", true),
            "eth1\t netmask 24\tbroadcast 192.168.0.7");
}

}  // namespace
}  // namespace um::address
