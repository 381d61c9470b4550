// Lines for ha_logd: the recorded frame of ha_logger, and a daemon that is there, away or asleep.
#include "base/logd.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

namespace um {
namespace {

using namespace std::chrono_literals;

LogLine line(std::string text) {
  return {LogLevel::kInfo, std::move(text), std::chrono::system_clock::from_time_t(0x6b029b3c),
          0x5d6, "mytag"};
}

TEST(Logd, AFrameIsTheRecordedOneWithTheWordOfThePriorityAskedFor) {
  std::ifstream in("tests/vectors/logd/ha_logger.c2s.bin", std::ios::binary);
  ASSERT_TRUE(in) << "run from the top of the source tree";
  std::string recorded{std::istreambuf_iterator<char>(in), {}};
  constexpr std::size_t kWordFlag = 8 + 4 * 4;
  recorded[kWordFlag] = 1;
  EXPECT_EQ(logd_frame(line("hello logd"), "heartbeat", LOG_USER, LOG_INFO), recorded);
}

class LogdSocket : public testing::Test {
 protected:
  LogdSocket() {
    std::string pattern = testing::TempDir() + "/logdXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~LogdSocket() override {
    stop();
    std::filesystem::remove_all(directory_);
  }
  std::string path() const { return directory_ + "/log_daemon"; }

  void start() {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    ::unlink(path().c_str());
    ASSERT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener_, 5), 0);
  }
  void stop() {
    if (listener_ >= 0) ::close(listener_);
    listener_ = -1;
  }
  std::string taken() {
    const int client = ::accept(listener_, nullptr, nullptr);
    char buffer[4096];
    const ssize_t size = client < 0 ? 0 : ::recv(client, buffer, sizeof buffer, MSG_DONTWAIT);
    if (client >= 0) ::close(client);
    return {buffer, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

  std::string directory_;
  int listener_ = -1;
};

TEST_F(LogdSocket, ALineArrives) {
  start();
  Logd logd(path(), 60s);
  const std::string frame = logd_frame(line("hello"), "heartbeat", LOG_DAEMON, LOG_INFO);
  EXPECT_TRUE(logd.send(frame));
  EXPECT_EQ(taken(), frame);
}

TEST_F(LogdSocket, WithoutDaemonTheCallerHearsIt) {
  Logd logd(path(), 60s);
  EXPECT_FALSE(logd.send("frame"));
}

TEST_F(LogdSocket, ADaemonThatComesBackIsFoundAfterTheRetryTime) {
  Logd impatient(path(), 0ms), patient(path(), 1h);
  EXPECT_FALSE(impatient.send("frame"));
  EXPECT_FALSE(patient.send("frame"));
  start();
  EXPECT_TRUE(impatient.send("frame"));
  EXPECT_FALSE(patient.send("frame"));
}

TEST_F(LogdSocket, ADaemonThatDoesNotReadIsNotWaitedFor) {
  start();
  Logd logd(path(), 1h);
  const std::string frame(4000, 'x');
  int taken = 0;
  while (taken < 10000 && logd.send(frame)) ++taken;
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, 10000);
}

TEST_F(LogdSocket, ALineThatItTakesGoesNowhereElse) {
  LogSettings settings;
  settings.entity = "heartbeat";
  settings.logfile = directory_ + "/ha-log";
  settings.logd_socket = path();
  settings.logd_retry = 0ms;
  settings.syslog_socket = directory_ + "/dev-log";
  Log log(settings);
  log.info("before");
  start();
  log.info("taken");
  std::ifstream in(settings.logfile);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_TRUE(text.ends_with("info: before\n")) << text;
  EXPECT_NE(taken().find("taken"), std::string::npos);
}

}  // namespace
}  // namespace um
