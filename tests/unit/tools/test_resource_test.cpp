#include "tools/test_resource.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace um::tools {
namespace {

using std::chrono::milliseconds;

/// A resource whose words and exit codes a test chooses.
struct Fake {
  std::string running_words = "running\n", stopped_words = "stopped\n";
  int start_code = 0, second_start_code = 0, stop_code = 0, idle_stop_code = 0;
  milliseconds took{10};
  bool up = false;
  std::string calls = {};

  ScriptRun operator()(std::string_view verb) {
    calls += std::string(verb) + ' ';
    ScriptRun run{std::string(verb), 0, {}, took};
    if (verb == "status") {
      run.output = up ? running_words : stopped_words;
    } else if (verb == "start") {
      run.exit_status = up ? second_start_code : start_code;
      up = run.exit_status == 0;
    } else {
      run.exit_status = up ? stop_code : idle_stop_code;
      up = false;
    }
    return run;
  }
};

struct Result {
  int code;
  std::string text;
  std::string calls = {};
};

Result test(Fake fake) {
  std::ostringstream out;
  const int code = test_contract(std::ref(fake), out);
  return {code, out.str(), fake.calls};
}

bool has(const Result& result, std::string_view text) {
  return result.text.find(text) != std::string::npos;
}

TEST(TestResource, AGoodScriptPassesEveryStep) {
  const Result result = test({});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.calls, "status stop status start status start status stop status stop ");
  EXPECT_TRUE(has(result, "status when running  ok    exit 0     0.01 s  running\n"))
      << result.text;
  EXPECT_TRUE(has(result, "The contract is kept.\n"));
}

TEST(TestResource, ARunningResourceIsLeftAlone) {
  const Result result = test({.up = true});
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.calls, "status ");
}

TEST(TestResource, StopOfAStoppedResourceMustSucceed) {
  const Result result = test({.idle_stop_code = 1});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(has(result, "stop when stopped    FAIL  exit 1")) << result.text;
}

TEST(TestResource, AStartThatFailsEndsTheTestWithAStop) {
  const Result result = test({.start_code = 5});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.calls, "status stop status start stop ");
}

TEST(TestResource, ASecondStartMustSucceed) {
  EXPECT_EQ(test({.second_start_code = 1}).code, 1);
}

TEST(TestResource, RunningMustBeSaidInWordsThatHeartbeatKnows) {
  const Result result = test({.running_words = "active\n"});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(has(result, "heartbeat does not read this as running"));
}

TEST(TestResource, StoppedMustNotBeReadAsRunning) {
  const Result result = test({.stopped_words = "I am OK without it\n"});
  EXPECT_EQ(result.code, 2);
}

TEST(TestResource, NotRunningIsAWarningForTheSakeOfOldNodes) {
  const Result result = test({.stopped_words = "httpd is not running\n"});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(has(result, "warning: heartbeat 1.2 reads `not running` as running"));
}

TEST(TestResource, SilenceOfARunningResourceIsAWarning) {
  const Result result = test({.running_words = ""});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(has(result, "starts it at each takeover"));
}

TEST(TestResource, ASlowStatusIsAWarning) {
  const Result result = test({.took = milliseconds(30000)});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(has(result, "warning: slow"));
}

}  // namespace
}  // namespace um::tools
