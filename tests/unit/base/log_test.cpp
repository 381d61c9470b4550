#include "base/log.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace um {
namespace {

/// A directory of the test's own, gone at its end.
class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    std::string pattern = ::testing::TempDir() + "/logXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
  ~LogTest() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  std::string read(const std::string& name) const {
    std::ifstream in(path(name));
    return (std::stringstream() << in.rdbuf()).str();
  }
  LogSettings files() const {
    LogSettings settings;
    settings.entity = "heartbeat";
    settings.logfile = path("ha-log");
    settings.debugfile = path("ha-debug");
    settings.syslog_socket = path("dev-log");
    settings.file_format = [](const LogLine& line) {
      return std::string(word_of(line.level)) + ": " + line.text;
    };
    return settings;
  }

  std::string directory_;
};

LogLine sample(LogLevel level, std::string text) {
  return {level, std::move(text), std::chrono::system_clock::from_time_t(1133164805), 103, {}};
}

TEST_F(LogTest, LegacyLineAsMonitoringToolsMatchIt) {
  EXPECT_EQ(
      heartbeat_line(sample(LogLevel::kInfo, "Heartbeat generation: 7"), "loadb1", "heartbeat"),
      "Nov 28 08:00:05 loadb1 heartbeat: [103]: info: Heartbeat generation: 7");
  EXPECT_EQ(heartbeat_line(sample(LogLevel::kWarn, "x"), "h", "cl_status"),
            "Nov 28 08:00:05 h cl_status: [103]: WARN: x");
}

TEST_F(LogTest, LineOfTheReleasesUpToTwoOne) {
  EXPECT_EQ(heartbeat_old_line(sample(LogLevel::kError, "no nodes defined"), "heartbeat"),
            "heartbeat[103]: 2005/11/28_08:00:05 ERROR: no nodes defined");
}

TEST_F(LogTest, DebugLinesGoToTheDebugFileOnlyAndOnlyWhenAskedFor) {
  Log log(files());
  log.debug("unseen");
  log.set_debug_level(1);
  log.debug("level {}", 1);
  log.info("both");
  EXPECT_EQ(read("ha-log"), "info: both\n");
  EXPECT_EQ(read("ha-debug"), "debug: level 1\ninfo: both\n");
}

TEST_F(LogTest, ARotatedFileIsOpenedAnew) {
  Log log(files());
  log.info("before");
  std::filesystem::rename(path("ha-log"), path("ha-log.1"));
  log.info("after");
  EXPECT_EQ(read("ha-log.1"), "info: before\n");
  EXPECT_EQ(read("ha-log"), "info: after\n");
}

TEST_F(LogTest, BackgroundLinesKeepTheirOrderAndAreAllWrittenAtTheEnd) {
  std::string expected;
  {
    Log log(files());
    log.run_in_background();
    for (int i = 0; i < 1000; ++i) {
      log.info("line {}", i);
      expected += "info: line " + std::to_string(i) + "\n";
    }
  }
  EXPECT_EQ(read("ha-log"), expected);
}

TEST_F(LogTest, SyslogGetsTheTagAndTheBracketedPid) {
  const int server = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path("dev-log").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(server, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  LogSettings settings = files();
  settings.facility = syslog_facility("local0");
  Log log(settings);
  log.write(LogLevel::kWarn, "node loadb2: is dead", 103);
  std::array<char, 512> packet{};
  const ssize_t n = ::recv(server, packet.data(), packet.size(), MSG_DONTWAIT);
  ::close(server);
  ASSERT_GT(n, 0);
  const std::string text(packet.data(), static_cast<std::size_t>(n));
  EXPECT_EQ(text.substr(0, 5), "<132>");  // local0.warning
  EXPECT_EQ(text.substr(20), std::string(" heartbeat: [103]: WARN: node loadb2: is dead\0", 46));
}

TEST_F(LogTest, AFileThatCannotBeOpenedCostsOneSyslogLineAndNothingElse) {
  LogSettings settings = files();
  settings.logfile = path("missing/ha-log");
  Log log(settings);
  log.info("still here");
  EXPECT_EQ(read("ha-debug"), "info: still here\n");
}

TEST_F(LogTest, FacilityWordsAreThoseOfHaCf) {
  EXPECT_EQ(syslog_facility("local0"), 16 << 3);
  EXPECT_EQ(syslog_facility("daemon"), 3 << 3);
  EXPECT_FALSE(syslog_facility("LOCAL0"));
  EXPECT_FALSE(syslog_facility("16"));
}

}  // namespace
}  // namespace um
