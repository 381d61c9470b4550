#include "address/ip.hpp"

#include <gtest/gtest.h>

namespace um::address {
namespace {

TEST(Ip, OnlyNumbersInTheUsualFormAreRead) {
  EXPECT_EQ(Ip::parse("192.168.0.1")->text(), "192.168.0.1");
  EXPECT_EQ(Ip::parse("2001:DB8:0:0::1")->text(), "2001:db8::1");
  for (const std::string_view text :
       {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "host", "1.2.3.4 ", "::g", "fe80::1%eth0"})
    EXPECT_FALSE(Ip::parse(text)) << text;
  EXPECT_FALSE(Ip::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(Ip, NetworksContainTheirAddresses) {
  const auto in = [](const char* ip, const char* network, int prefix) {
    return Ip::parse(ip)->in(*Ip::parse(network), prefix);
  };
  EXPECT_TRUE(in("10.1.255.255", "10.1.128.0", 17));
  EXPECT_FALSE(in("10.1.127.255", "10.1.128.0", 17));
  EXPECT_TRUE(in("1.2.3.4", "200.0.0.0", 0));
  EXPECT_TRUE(in("1.2.3.4", "1.2.3.4", 32));
  EXPECT_TRUE(in("2001:db8:1::9", "2001:db8:1::", 48));
  EXPECT_FALSE(in("2001:db8:2::9", "2001:db8:1::", 48));
  EXPECT_FALSE(in("::1", "0.0.0.0", 0));
}

TEST(Ip, NetmasksAndBroadcasts) {
  EXPECT_EQ(Ip::netmask(20).text(), "255.255.240.0");
  EXPECT_EQ(Ip::netmask(20).as_prefix(), 20);
  EXPECT_EQ(Ip::netmask(0).as_prefix(), 0);
  EXPECT_EQ(Ip::parse("255.0.255.0")->as_prefix(), std::nullopt);
  EXPECT_EQ(Ip::parse("10.1.2.3")->broadcast(20).text(), "10.1.15.255");
}

TEST(Ip, LoopbackAddressesAreKnown) {
  EXPECT_TRUE(Ip::parse("127.9.9.9")->is_loopback());
  EXPECT_TRUE(Ip::parse("::1")->is_loopback());
  EXPECT_FALSE(Ip::parse("128.0.0.1")->is_loopback());
}

}  // namespace
}  // namespace um::address
