#include "heartbeat/watchdog.hpp"

#include "temporary.hpp"

namespace um::heartbeat {
namespace {

using namespace std::chrono_literals;

/// A plain file in place of the device: it keeps what the daemon writes.
class WatchdogTest : public Temporary {
 protected:
  WatchdogTest() {
    LogSettings settings;
    settings.logfile = path("log");
    settings.file_format = [](const LogLine& line) {
      return std::string(word_of(line.level)) + ": " + line.text;
    };
    log_.configure(std::move(settings));
  }
  Log log_;
};

TEST_F(WatchdogTest, ANulFeedsItAndAVDisarmsItAtTheOrderlyEnd) {
  write("device", "");
  Watchdog dog(log_);
  dog.open(path("device"), 5000ms);
  EXPECT_TRUE(dog.armed());
  dog.feed();
  dog.feed();
  dog.disarm();
  EXPECT_FALSE(dog.armed());
  EXPECT_EQ(read("device"), std::string("\0\0V", 3));
}

TEST_F(WatchdogTest, ACrashLeavesItArmed) {
  write("device", "");
  {
    Watchdog dog(log_);
    dog.open(path("device"), 5000ms);
    dog.feed();
  }
  EXPECT_EQ(read("device"), std::string("\0", 1));
}

TEST_F(WatchdogTest, ItsTimeIsDeadtimeAndTenMillisecondsInWholeSecondsUpwards) {
  write("device", "");
  Watchdog dog(log_);
  dog.open(path("device"), 5000ms);  // a plain file refuses, and the line says how many seconds
  EXPECT_NE(read("log").find("WDIOC_SETTIMEOUT: Failed to set watchdog timer to 6 seconds.: "),
            std::string::npos);
}

TEST_F(WatchdogTest, WithoutTheDeviceEverythingGoesOn) {
  Watchdog dog(log_);
  dog.open(path("missing"), 5000ms);
  EXPECT_FALSE(dog.armed());
  dog.feed();
  dog.disarm();
  EXPECT_EQ(read("log"), "ERROR: Cannot open watchdog device: " + path("missing").string() + "\n");
}

}  // namespace
}  // namespace um::heartbeat
