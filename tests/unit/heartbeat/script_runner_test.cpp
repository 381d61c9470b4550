#include "heartbeat/script_runner.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "temporary.hpp"

namespace um::heartbeat {
namespace {

using namespace std::chrono_literals;
using cluster::JobKind;

/// Scripts that write what they were told into `calls`, and a runner over them.
class ScriptRunnerTest : public Temporary {
 protected:
  ScriptRunnerTest() {
    paths_.etc = path("ha.d");
    paths_.state = path("state");
    paths_.init_scripts = path("init.d");
    for (const auto& directory :
         {paths_.resource_scripts(), paths_.rc_scripts(), paths_.root_cores()})
      std::filesystem::create_directories(directory);
    LogSettings settings;
    settings.logfile = path("log");
    settings.file_format = [](const LogLine& line) {
      return line.tag + "/" + std::string(word_of(line.level)) + ": " + line.text;
    };
    log_.configure(std::move(settings));
    runner_ = std::make_unique<ScriptRunner>(
        loop_.get_executor(), helpers_, paths_, "alpha",
        ScriptRunner::Hooks{[this](std::uint64_t job, int status) { finished_[job] = status; },
                            [this] { ++held_changes_; },
                            [this](const std::string& resource) { reboot_for_ = resource; }},
        log_);
    runner_->configure({{}, {{"PATH", "/usr/bin:/bin"}, {"CALLS", path("calls")}}});
  }

  void script(const std::filesystem::path& file, const std::string& body) {
    std::ofstream(file) << "#!/bin/sh\n" << body;
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  /// A resource that remembers whether it runs.
  void agent(const std::string& name, const std::string& start = "") {
    script(paths_.resource_scripts() / name,
           "eval \"action=\\${$#}\"\n"
           "[ $action = status ] || echo \"$(basename $0) $*\" >>$CALLS\n"
           "case $action in\n"
           "  start) " +
               start +
               " touch $CALLS.$(basename $0);;\n"
               "  stop) rm -f $CALLS.$(basename $0);;\n"
               "  status) [ -e $CALLS.$(basename $0) ] && echo running || echo stopped;;\n"
               "esac\n");
  }
  int run(JobKind kind, const std::string& key) {
    cluster::StartJob job;
    job.job = ++last_job_;
    job.kind = kind;
    job.groups = {key};
    return run(job);
  }
  int run(const cluster::StartJob& job) {
    runner_->start(job);
    for (int i = 0; i < 1000 && !finished_.contains(job.job); ++i) {
      loop_.restart();
      loop_.run_for(10ms);
    }
    return finished_.contains(job.job) ? finished_[job.job] : -1;
  }
  bool logged(const std::string& text) const { return read("log").find(text) != std::string::npos; }

  Paths paths_;
  boost::asio::io_context loop_;
  boost::asio::thread_pool helpers_{1};
  Log log_;
  std::unique_ptr<ScriptRunner> runner_;
  std::map<std::uint64_t, int> finished_;
  int held_changes_ = 0;
  std::string reboot_for_;
  std::uint64_t last_job_ = 0;
};

TEST_F(ScriptRunnerTest, AGroupStartsLeftToRightAndStopsRightToLeft) {
  agent("A");
  agent("B");
  write("ha.d/haresources", "alpha A::x::y B\n");
  EXPECT_EQ(run(JobKind::kTakeGroups, "A::x::y"), 0);
  EXPECT_EQ(read("calls"), "A x y start\nB start\n");
  EXPECT_EQ(runner_->held().at("A::x::y"), (std::vector<std::string>{"A::x::y", "B"}));
  EXPECT_EQ(run(JobKind::kGiveGroups, "A::x::y"), 0);
  EXPECT_EQ(read("calls"), "A x y start\nB start\nB stop\nA x y stop\n");
  EXPECT_TRUE(runner_->held().empty());
  EXPECT_TRUE(logged("ResourceManager/info: Acquiring resource group: alpha A::x::y B\n"));
  EXPECT_TRUE(logged("ResourceManager/info: Running " + (paths_.resource_scripts() / "A").string() +
                     " x y start\n"));
}

TEST_F(ScriptRunnerTest, AFailedStartReleasesTheGroupAndIsNotHeld) {
  agent("A");
  agent("B", "exit 5;");
  write("ha.d/haresources", "alpha A B\n");
  EXPECT_NE(run(JobKind::kTakeGroups, "A"), 0);
  EXPECT_EQ(read("calls"), "A start\nB start\nB stop\nA stop\n");
  EXPECT_TRUE(runner_->held().empty());
  EXPECT_TRUE(logged("ERROR: Return code 5 from "));
}

// Decision L6: a running ldirectord says so on stderr, and the group that begins with it is
// started.
TEST_F(ScriptRunnerTest, WhatStatusSaysOnStandardErrorDoesNotMakeAResourceOwned) {
  script(paths_.resource_scripts() / "A",
         "[ $1 = status ] && echo 'A is running with pid: 7' >&2 || echo \"A $1\" >>$CALLS\n");
  agent("B");
  write("ha.d/haresources", "alpha A B\n");
  EXPECT_EQ(run(JobKind::kTakeGroups, "A"), 0);
  EXPECT_EQ(read("calls"), "A start\nB start\n");
}

TEST_F(ScriptRunnerTest, EditsOfHaresourcesCountFromTheNextOperationOn) {
  agent("A");
  agent("B");
  write("ha.d/haresources", "alpha A\n");
  EXPECT_EQ(run(JobKind::kTakeGroups, "A"), 0);
  write("ha.d/haresources", "alpha A B\n");
  EXPECT_EQ(run(JobKind::kTakeGroups, "A"), 0);
  EXPECT_EQ(read("calls"), "A start\nB start\n");
}

TEST_F(ScriptRunnerTest, AHeldGroupThatLeftHaresourcesCanStillBeReleased) {
  agent("A");
  write("ha.d/haresources", "alpha A\n");
  run(JobKind::kTakeGroups, "A");
  write("ha.d/haresources", "");
  EXPECT_EQ(run(JobKind::kGiveGroups, "A"), 0);
  EXPECT_EQ(read("calls"), "A start\nA stop\n");
}

TEST_F(ScriptRunnerTest, AnUnknownGroupIsNothingToDo) {
  write("ha.d/haresources", "");
  EXPECT_EQ(run(JobKind::kTakeGroups, "A"), 0);
  EXPECT_TRUE(runner_->held().empty());
}

TEST_F(ScriptRunnerTest, WhatAScriptPrintsIsLoggedUnderItsName) {
  agent("A", "echo starting now;");
  write("ha.d/haresources", "alpha A\n");
  run(JobKind::kTakeGroups, "A");
  EXPECT_TRUE(logged("A/info: starting now\n"));
}

TEST_F(ScriptRunnerTest, ALimitEndsAHangingScript) {
  agent("A", "sleep 60;");
  write("ha.d/haresources", "alpha A\n");
  parsers::HaConfig config;
  config.script_limits = {{"*", "start", 200ms}};
  runner_->configure({config, {{"PATH", "/usr/bin:/bin"}, {"CALLS", path("calls")}}});
  EXPECT_NE(run(JobKind::kTakeGroups, "A"), 0);
  EXPECT_TRUE(logged("A start did not end within 200 ms: killed"));
}

TEST_F(ScriptRunnerTest, AnRcScriptGetsTheMessageThroughHarc) {
  script(paths_.harc(), "echo \"$1 $HA_src $HA_st\" >>$CALLS\n");
  cluster::StartJob job;
  job.job = 77;
  job.kind = JobKind::kNotifyScript;
  job.environment = {{"HA_t", "status"}, {"HA_src", "beta"}, {"HA_st", "dead"}};
  EXPECT_EQ(run(job), 0);
  EXPECT_EQ(read("calls"), "status beta dead\n");
}

TEST_F(ScriptRunnerTest, AStandbyStartsTheBackupSyncDaemonOnly) {
  agent("LVSSyncDaemonSwap");
  agent("B");
  write("ha.d/haresources", "alpha B LVSSyncDaemonSwap::master\n");
  EXPECT_EQ(run(JobKind::kInitialStandby, "B"), 0);
  EXPECT_EQ(read("calls"), "LVSSyncDaemonSwap master stop\n");
}

}  // namespace
}  // namespace um::heartbeat
