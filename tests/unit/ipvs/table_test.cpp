#include "ipvs/table.hpp"

#include <gtest/gtest.h>

#include "tests/unit/ipvs/tables.hpp"

namespace um::ipvs {
namespace {

TEST(Table, IsDumpedAsIpvsadmSaves) {
  const std::string saved =
      "-A -t 10.0.0.80:80 -s rr -p 600 -M 255.255.255.0\n"
      "-a -t 10.0.0.80:80 -r 192.168.6.1:80 -m -w 10 -x 50 -y 5\n"
      "-a -t 10.0.0.80:80 -r 192.168.6.2:80 -g -w 0\n"
      "-A -t 10.0.0.81:80 -s sh -b sh-fallback,sh-port\n"
      "-A -t [2001:db8::80]:80 -s wrr -p 60 -M 96\n"
      "-a -t [2001:db8::80]:80 -r [2001:db8:6::1]:80 -m -w 1\n"
      "-A -u 10.0.0.80:53 -s rr -o\n"
      "-a -u 10.0.0.80:53 -r 192.168.6.1:53 -i -w 65535\n"
      "-A -f 1 -s wlc -p 50\n"
      "-A -f 2 -6 -s wrr -p 50 -M 64\n";
  EXPECT_EQ(dump(table_from(saved)), saved);
}

TEST(Table, ForcesThePortOfTheServiceOnGateAndIpipOnly) {
  const ServiceKey http = op_from("-A -t 10.0.0.80:80").service;
  const ServiceKey mark = op_from("-A -f 3").service;
  EXPECT_EQ(port_in_table(http, Forward::kGate, 8080), 80);
  EXPECT_EQ(port_in_table(http, Forward::kIpip, 8080), 80);
  EXPECT_EQ(port_in_table(http, Forward::kMasq, 8080), 8080);
  EXPECT_EQ(port_in_table(mark, Forward::kGate, 8080), 8080);
}

TEST(Table, NamesTheFlagsOfEachScheduler) {
  std::uint8_t flags = 0;
  EXPECT_TRUE(parse_scheduler_flags("mh", "mh-port,mh-fallback", flags));
  EXPECT_EQ(scheduler_flags_text("mh", flags), "mh-fallback,mh-port");
  EXPECT_EQ(scheduler_flags_text("wrr", kFlag1 | kFlag3), "flag-1,flag-3");
  EXPECT_FALSE(parse_scheduler_flags("wrr", "sh-port", flags));
}

TEST(Address, ReadsNumericTextOnly) {
  EXPECT_EQ(Address::parse("2001:DB8:0:0::1")->text(), "2001:db8::1");
  EXPECT_EQ(endpoint_text(*Address::parse("::1"), 80), "[::1]:80");
  EXPECT_FALSE(Address::parse("10.1"));
  EXPECT_FALSE(Address::parse("www.example.com"));
}

}  // namespace
}  // namespace um::ipvs
