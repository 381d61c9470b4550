#include "address/frames.hpp"

#include <gtest/gtest.h>

#include "tables.hpp"

namespace um::address {
namespace {

using std::chrono::milliseconds;

std::string hex(const Bytes& bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

const Ip kVip = *Ip::parse("192.168.0.105");

TEST(Frames, TheRequestAsksForTheAddressItself) {
  const Frame frame = arp_request(link("eth0"), kVip);
  EXPECT_EQ(frame.protocol, 0x0806);
  EXPECT_EQ(hex(frame.destination), "ffffffffffff");
  EXPECT_EQ(hex(frame.payload),
            "0001"
            "0800"
            "06"
            "04"
            "0001"
            "020000000001"
            "c0a80069"
            "000000000000"
            "c0a80069");
}

TEST(Frames, TheReplyNamesTheSenderAsTarget) {
  EXPECT_EQ(hex(arp_reply(link("eth0"), kVip).payload),
            "0001"
            "0800"
            "06"
            "04"
            "0002"
            "020000000001"
            "c0a80069"
            "020000000001"
            "c0a80069");
}

TEST(Frames, InfinibandHasLongerAddresses) {
  Link ib = link("ib0");
  ib.hardware_type = 32;
  ib.mac = Bytes(20, 0xaa);
  const Frame frame = arp_request(ib, kVip);
  EXPECT_EQ(hex(frame.payload).substr(0, 12), "002008001404");
  EXPECT_EQ(frame.payload.size(), 8U + 2 * (20 + 4));
}

TEST(Frames, TheAdvertisementIsUnsolicitedAndOverrides) {
  const Frame frame = neighbour_advertisement(link("eth0"), *Ip::parse("2001:db8::5"), false);
  EXPECT_EQ(frame.protocol, 0x86dd);
  EXPECT_EQ(hex(frame.destination), "333300000001");
  EXPECT_EQ(hex(frame.payload),
            "60000000"
            "0020"
            "3a"
            "ff"                                // 32 bytes of ICMPv6, hop limit 255
            "20010db8000000000000000000000005"  // from the address
            "ff020000000000000000000000000001"  // to all nodes
            "88"
            "00"
            "f922"
            "20000000"  // type, code, checksum, override
            "20010db8000000000000000000000005"
            "0201020000000001");  // target and its link address
}

TEST(Frames, TheChecksumOfTheAdvertisementIsRight) {
  const Bytes packet =
      neighbour_advertisement(link("eth0"), *Ip::parse("2001:db8::5"), true).payload;
  std::uint32_t sum = 32 + 58;  // length and next header of the pseudo header
  for (std::size_t i = 8; i < packet.size(); i += 2)
    sum += static_cast<std::uint32_t>(packet[i] << 8 | packet[i + 1]);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  EXPECT_EQ(sum, 0xffffU);
}

TEST(Frames, ARouterSaysSo) {
  EXPECT_EQ(neighbour_advertisement(link("eth0"), *Ip::parse("::5"), true).payload[44], 0xa0);
}

TEST(Announcement, Ipv4AlternatesRequestAndReplyHalfAnIntervalApart) {
  const Announcement announcement(link("eth0"), kVip, Schedule{});
  std::string seen;
  for (int n = 0; n < announcement.size(); ++n)
    seen += fmt::format("{}:{} ", announcement.due(n).count(),
                        announcement.frame(n).payload[7] == 1 ? "request" : "reply");
  EXPECT_EQ(seen,
            "0:request 100:reply 200:request 300:reply 400:request 500:reply "
            "600:request 700:reply 800:request 900:reply ");
}

TEST(Announcement, Ipv6SendsOneFramePerInterval) {
  const Announcement announcement(link("eth0"), *Ip::parse("2001:db8::5"),
                                  Schedule{milliseconds(1000), 5});
  EXPECT_EQ(announcement.size(), 5);
  EXPECT_EQ(announcement.due(4), milliseconds(4000));
}

}  // namespace
}  // namespace um::address
