// What ccm says, as recorded from the real one, and what it might say when it is broken.
#include "clientapi/ccm.hpp"

#include <fstream>
#include <future>
#include <iterator>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace um::clientapi {
namespace {

std::string recorded() {
  std::ifstream in("tests/vectors/ccm/ccm_testclient.s2c.bin", std::ios::binary);
  EXPECT_TRUE(in) << "run from the top of the source tree";
  return {std::istreambuf_iterator<char>(in), {}};
}

CcmReader fed(const std::vector<std::string>& bodies) {
  CcmReader reader;
  for (const std::string& body : bodies) reader.body(body);
  return reader;
}

std::string integers(std::initializer_list<std::int32_t> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(std::int32_t)};
}

TEST(Ccm, TheRecordedMembershipHasBothNodesTheOldestFirst) {
  FrameReader frames;
  const CcmReader reader = fed(frames.feed(recorded()));
  const CcmMembership expected{false, true, 4, true, {{1, "nodeb", 1}, {0, "nodea", 4}}};
  EXPECT_EQ(reader.membership(), expected);
}

TEST(Ccm, AnEvictedNodeIsNoMemberOfItsPartition) {
  FrameReader frames;
  auto bodies = frames.feed(recorded());
  bodies.push_back(integers({1, 1, 5, 0, 1, 1}));
  const CcmMembership expected{true, false, 5, false, {{1, "nodeb", 1}}};
  EXPECT_EQ(fed(bodies).membership(), expected);
}

TEST(Ccm, AChangeInFluxIsNoMembership) {
  EXPECT_EQ(fed({integers({3, 0, 5, 0})}).membership(), std::nullopt);
}

TEST(Ccm, NumbersThatLeadNowhereAreLeftOut) {
  EXPECT_TRUE(fed({integers({2, 1000, 1, 1, 7, 1, -1, 1})}).membership()->members.empty());
  EXPECT_TRUE(
      fed({integers({4, 1000, 0}), integers({2, 1, 1, 1, 0, 1})}).membership()->members.empty());
  EXPECT_EQ(fed({"", "ab", integers({4}), integers({4, -1, 0})}).membership(), std::nullopt);
}

TEST(Ccm, WithoutSocketThereIsNone) {
  EXPECT_EQ(ccm_membership("/nonexistent/ccm", std::chrono::steady_clock::now()), std::nullopt);
}

TEST(Ccm, ASilentOneIsNotWaitedForBeyondTheDeadline) {
  char name[] = "/tmp/um-ccm-XXXXXX";
  ASSERT_TRUE(::mkdtemp(name));
  const std::filesystem::path path = std::filesystem::path(name) / "ccm";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  EXPECT_EQ(ccm_membership(path, std::chrono::steady_clock::now() + std::chrono::milliseconds(50)),
            std::nullopt);
  ::close(fd);
  std::filesystem::remove_all(name);
}

}  // namespace
}  // namespace um::clientapi
