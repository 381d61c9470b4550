#include "tools/node_commands.hpp"

#include <cstdlib>
#include <filesystem>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace um::tools {
namespace {

class NodeCommands : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/um-fifo-XXXXXX";
    ASSERT_TRUE(::mkdtemp(name));
    directory = name;
    const std::string fifo = directory / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    ASSERT_EQ(::setenv("HA_FIFO", fifo.c_str(), 1), 0);
    reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  }
  void TearDown() override {
    ::close(reader);
    ::unsetenv("HA_FIFO");
    std::filesystem::remove_all(directory);
  }

  std::string written() {
    char buffer[4096];
    ssize_t size = ::read(reader, buffer, sizeof buffer);
    return {buffer, size > 0 ? static_cast<std::size_t>(size) : 0};
  }

  std::filesystem::path directory;
  int reader = -1;
};

TEST_F(NodeCommands, NodesAreNamedInOneField) {
  EXPECT_EQ(hb_addnode({"delta", "epsilon"}), 0);
  EXPECT_EQ(written(), ">>>\nt=addnode\nnodelist=delta epsilon\n<<<\n");
  EXPECT_EQ(hb_delnode({"delta"}), 0);
  EXPECT_EQ(written(), ">>>\nt=delnode\nnodelist=delta\n<<<\n");
}

TEST_F(NodeCommands, WeightAndSiteBelongToANode) {
  EXPECT_EQ(hb_setweight({"nodeb", "50"}), 0);
  EXPECT_EQ(written(), ">>>\nt=setweight\nnode=nodeb\nweight=50\n<<<\n");
  EXPECT_EQ(hb_setsite({"nodeb", "site1"}), 0);
  EXPECT_EQ(written(), ">>>\nt=setsite\nnode=nodeb\nsite=site1\n<<<\n");
}

TEST_F(NodeCommands, MissingWordsGetTheUsageAndNothingIsSent) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(hb_addnode({}), 1);
  EXPECT_EQ(hb_delnode({"--help"}), 1);
  EXPECT_EQ(hb_setweight({"nodeb"}), 1);
  EXPECT_EQ(hb_setsite({"nodeb"}), 1);
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "usage: hb_addnode <node> <node> ...\n"
            "usage: hb_delnode <node> <node> ...\n"
            "usage: hb_setweight <node> <weight>\n"
            "usage: hb_setsite <node> <site>\n");
  EXPECT_EQ(written(), "");
}

TEST_F(NodeCommands, AWordCannotBecomeAnotherField) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(hb_addnode({"delta\nt=shutdone"}), 1);
  EXPECT_EQ(hb_setsite({"nodeb", "x\nt=shutdone"}), 1);
  EXPECT_EQ(hb_setweight({"nodeb", "heavy"}), 1);
  testing::internal::GetCapturedStdout();
  EXPECT_EQ(written(), "");
}

}  // namespace
}  // namespace um::tools
