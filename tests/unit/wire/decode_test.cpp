#include "tools/decode.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tools/decode_capture.hpp"

namespace um::tools {
namespace {

using namespace std::string_literals;

const auto kVectors = std::filesystem::path(__FILE__).parent_path() / "../../vectors/wire";

std::string vector_bytes(const std::string& name) {
  std::ifstream in(kVectors / name, std::ios::binary);
  EXPECT_TRUE(in) << name << " (run from the top of the source tree)";
  return {std::istreambuf_iterator<char>(in), {}};
}

wire::Keyring keys() {
  wire::Keyring ring;
  ring.set(1, {wire::Method::kSha1, "SecretKey1"});
  ring.set(2, {wire::Method::kMd5, "OtherKey"});
  return ring;
}

TEST(Decode, APacketIsShownFieldByField) {
  bool genuine = false;
  wire::Keyring ring = keys();
  EXPECT_EQ(describe_packet(vector_bytes("sha1-status-up.bin"), &ring, genuine),
            "303 bytes, netstring form, genuine\n"
            "  t=status\n"
            "  st=up\n"
            "  dt=1f40\n"
            "  protocol=1\n"
            "  src=alpha\n"
            "  (1)srcuuid=c1ef1d37-d153-47ea-9233-9caa08e58e0f\n"
            "  seq=2\n"
            "  hg=6b0297ae\n"
            "  ts=6b029899\n"
            "  ld=1.88 0.86 0.51 3/238 15\n"
            "  ttl=3\n"
            "  auth=1 8640d03b007e709aac49eefeccbc7dd734e44697\n");
  EXPECT_TRUE(genuine);
}

TEST(Decode, AStructIsShownIndented) {
  bool genuine = false;
  EXPECT_EQ(describe_packet(vector_bytes("encoding-struct.string.bin"), nullptr, genuine),
            "71 bytes, string form, not verified\n"
            "  t=test\n"
            "  (2)sub:\n"
            "    a=b\n"
            "    (2)sub2:\n"
            "      inner=deep\n"
            "      x=1\n"
            "  z=9\n");
}

TEST(Decode, ARefusedPacketIsShownWithTheReason) {
  bool genuine = true;
  wire::Keyring ring = keys();
  EXPECT_EQ(describe_packet(">>>\nsrc=gamma\nauth=1 00\n<<<\n", &ring, genuine),
            "28 bytes, string form, refused\n"
            "  ! string2msg_ll: node [gamma] failed authentication\n");
  EXPECT_FALSE(genuine);
  EXPECT_EQ(describe_packet("hello", &ring, genuine), "5 bytes, no heartbeat packet, refused\n");
}

TEST(Decode, TheCommandReadsFilesKeysAndStandardInput) {
  auto directory = std::filesystem::temp_directory_path() / "um-decode-test";
  std::filesystem::create_directories(directory);
  std::ofstream(directory / "authkeys") << "auth 1\n1 sha1 SecretKey1\n";
  std::istringstream in(vector_bytes("md5-mcast-status-up.bin"));
  std::ostringstream out, err;
  int code = decode({"-k", directory / "authkeys", kVectors / "sha1-starting.bin", "-", "/nowhere"},
                    in, out, err);
  std::filesystem::remove_all(directory);
  EXPECT_EQ(code, 1);
  EXPECT_EQ(err.str(), "/nowhere: cannot be read\n");
  EXPECT_NE(out.str().find("sha1-starting.bin: 263 bytes, netstring form, genuine\n"),
            std::string::npos);
  EXPECT_NE(out.str().find("stdin: 289 bytes, netstring form, refused\n"
                           "  ! Invalid authentication [2] in message!\n"),
            std::string::npos);
}

TEST(Decode, AnUnknownOptionGetsTheUsage) {
  std::istringstream in;
  std::ostringstream out, err;
  EXPECT_EQ(decode({"--frobnicate"}, in, out, err), 2);
  EXPECT_TRUE(err.str().starts_with("usage: ultramonkey decode"));
}

// ---- captures -----------------------------------------------------------------------------------

std::string little(std::uint32_t value) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

const std::string kFileHeader =
    little(0xa1b2c3d4) + "\x02\0\x04\0"s + little(0) + little(0) + little(65535);

std::string record(std::uint32_t seconds, std::uint32_t micro, const std::string& packet) {
  auto size = static_cast<std::uint32_t>(packet.size());
  return little(seconds) + little(micro) + little(size) + little(size) + packet;
}

std::string udp_in_ethernet(const std::string& data) {
  std::string udp = "\x80\x01\x02\xb6\0"s + static_cast<char>(8 + data.size()) + "\0\0"s + data;
  std::string ip = "\x45\0\0"s + static_cast<char>(20 + udp.size()) +
                   "\0\0\0\0\x40\x11\0\0\x0a\x4d\0\x01\x0a\x4d\0\xff"s + udp;
  return "\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x08\0"s + ip;
}

TEST(Decode, ACaptureGivesTheDatagramsOfEthernet) {
  auto all = read_capture(kFileHeader + little(1) + record(10, 500000, udp_in_ethernet("one")) +
                          record(11, 750000, udp_in_ethernet("two")));
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].from, "10.77.0.1:32769");
  EXPECT_EQ((*all)[0].to, "10.77.0.255:694");
  EXPECT_EQ((*all)[0].payload, "one");
  EXPECT_DOUBLE_EQ((*all)[1].seconds, 1.25);
}

TEST(Decode, ACapturedPingGivesItsData) {
  std::string icmp = vector_bytes("md5-ping-request.icmp.bin");
  std::string ip = "\x45\0\0"s + static_cast<char>(20 + icmp.size()) +
                   "\0\0\0\0\x40\x01\0\0\x0a\x4d\0\x01\x0a\x4d\0\x03"s + icmp;
  auto all = read_capture(kFileHeader + little(101) + record(1, 0, ip));
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ((*all)[0].payload, vector_bytes("md5-ping-request.icmpdata.bin"));
}

TEST(Decode, ACaptureCutAnywhereIsReadAsFarAsItGoes) {
  std::string whole = kFileHeader + little(1) + record(1, 0, udp_in_ethernet("one"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    auto all = read_capture(std::string_view(whole).substr(0, size));
    EXPECT_EQ(all.has_value(), size >= 24) << size;
    EXPECT_EQ(all.value_or(std::vector<Datagram>{}).size(), 0U) << size;
  }
}

TEST(Decode, BytesThatAreNoCaptureAreNone) {
  EXPECT_FALSE(read_capture(std::string(64, 'x')));
}

}  // namespace
}  // namespace um::tools
