#include "tools/script_log.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <syslog.h>
#include <unistd.h>

namespace um::tools {
namespace {

namespace fs = std::filesystem;

/// Runs with HA_LOGFILE and HA_DEBUGLOG in a directory of its own and a fixed time.
class ScriptLogFiles : public testing::Test {
 protected:
  ScriptLogFiles()
      : directory(fs::temp_directory_path() / ("script-log-" + std::to_string(getpid()))) {
    fs::create_directories(directory);
    for (const char* name : {"HA_LOGFACILITY", "HA_LOGFILE", "HA_DEBUGLOG", "HA_LOGTAG", "HA_LOGD"})
      unsetenv(name);
    setenv("HA_DATEFMT", "TIME ", 1);
    if (freopen("/dev/null", "r", stdin) == nullptr) ADD_FAILURE() << "no /dev/null";
  }
  ~ScriptLogFiles() override { fs::remove_all(directory); }

  void set(const char* name, const std::string& file) const {
    setenv(name, (directory / file).c_str(), 1);
  }
  std::string content(const std::string& file) const {
    std::ifstream in(directory / file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  std::string tag() const { return "IPaddr2(IPaddr2_10.0.0.1)[" + std::to_string(getpid()) + "]"; }
  fs::path directory;
};

TEST_F(ScriptLogFiles, TheLogFileGetsTimeTagAndText) {
  set("HA_LOGFILE", "log");
  ScriptLog("IPaddr2", "IPaddr2_10.0.0.1").write("info: hello");
  EXPECT_EQ(content("log"), "TIME  " + tag() + ":    info: hello\n");
}

TEST_F(ScriptLogFiles, TheDebugFileGetsEveryLineToo) {
  set("HA_LOGFILE", "log");
  set("HA_DEBUGLOG", "debug");
  ScriptLog("IPaddr2", "IPaddr2_10.0.0.1").write("info: hello");
  EXPECT_EQ(content("debug"), tag() + ":\tTIME info: hello\n");
}

TEST_F(ScriptLogFiles, OneFileForBothGetsTheLineOnce) {
  set("HA_LOGFILE", "log");
  set("HA_DEBUGLOG", "log");
  ScriptLog("IPaddr2", "").write("info: hello");
  EXPECT_EQ(content("log"), "TIME  IPaddr2[" + std::to_string(getpid()) + "]:    info: hello\n");
}

TEST_F(ScriptLogFiles, WithoutFileAndFacilityStderrGetsIt) {
  testing::internal::CaptureStderr();
  ScriptLog("IPaddr2", "").write("ERROR: hello");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "TIME ERROR: hello\n");
}

TEST_F(ScriptLogFiles, TheTagMayBeGiven) {
  set("HA_LOGFILE", "log");
  setenv("HA_LOGTAG", "mytag", 1);
  ScriptLog("IPaddr2", "x").write("info: hello");
  EXPECT_EQ(content("log"), "TIME  mytag:    info: hello\n");
}

TEST(ScriptLog, TheWordsInATextChooseItsPriority) {
  EXPECT_EQ(syslog_priority("ERROR: x"), LOG_ERR);
  EXPECT_EQ(syslog_priority("WARN: x"), LOG_WARNING);
  EXPECT_EQ(syslog_priority("WARNING: x"), LOG_WARNING);
  EXPECT_EQ(syslog_priority("info: x"), LOG_INFO);
  EXPECT_EQ(syslog_priority("ipvs_syncmaster up"), LOG_NOTICE);
}

}  // namespace
}  // namespace um::tools
