#include "address/owned.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tables.hpp"

namespace um::address {
namespace {

namespace fs = std::filesystem;

class OwnedFiles : public testing::Test {
 protected:
  OwnedFiles() : directory(fs::temp_directory_path() / ("owned-" + std::to_string(getpid()))) {}
  ~OwnedFiles() override { fs::remove_all(directory); }

  std::string all() const {
    std::string text;
    for (const Owned& owned : OwnedStore(directory).all()) text += to_text(owned);
    return text;
  }
  fs::path directory;
};

TEST_F(OwnedFiles, WhatIsRememberedIsThereUntilItIsForgotten) {
  const OwnedStore store(directory);
  ASSERT_TRUE(store.remember({assigned("10.0.0.2/24 brd 10.0.0.255 dev eth0 label eth0:0"), {}}));
  ASSERT_TRUE(store.remember(
      {assigned("2001:db8::5/64 dev eth1 nodad"), Schedule{std::chrono::milliseconds(1000), 3}}));
  EXPECT_EQ(all(),
            "10.0.0.2/24 brd 10.0.0.255 dev eth0 label eth0:0\n"
            "announce 5 times, 200 ms apart\n"
            "2001:db8::5/64 dev eth1 nodad\n"
            "announce 3 times, 1000 ms apart\n");
  store.forget(*Ip::parse("10.0.0.2"));
  EXPECT_EQ(all(), "2001:db8::5/64 dev eth1 nodad\nannounce 3 times, 1000 ms apart\n");
}

TEST_F(OwnedFiles, ANewerRecordReplacesTheOlder) {
  const OwnedStore store(directory);
  ASSERT_TRUE(store.remember({assigned("10.0.0.2/24 dev eth0"), {}}));
  ASSERT_TRUE(store.remember({assigned("10.0.0.2/24 dev eth1"), {}}));
  EXPECT_EQ(all(), "10.0.0.2/24 dev eth1\nannounce 5 times, 200 ms apart\n");
}

TEST_F(OwnedFiles, FilesThatAreNoRecordsAreLeftOut) {
  fs::create_directories(directory);
  std::ofstream(directory / "10.0.0.3") << "rubbish\n";
  std::ofstream(directory / "10.0.0.4") << "10.0.0.4/24 brd\n";
  std::ofstream(directory / "10.0.0.5") << "";
  EXPECT_EQ(all(), "");
}

TEST_F(OwnedFiles, NoDirectoryMeansNoAddresses) {
  EXPECT_EQ(all(), "");
}

TEST_F(OwnedFiles, ADirectoryThatCannotBeWrittenIsAFailure) {
  std::ofstream(directory) << "a file in its place";
  EXPECT_FALSE(OwnedStore(directory).remember({assigned("10.0.0.2/24 dev eth0"), {}}));
}

}  // namespace
}  // namespace um::address
