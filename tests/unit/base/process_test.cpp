#include "base/process.hpp"

#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

namespace um {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

Command shell(std::string script) {
  Command command;
  command.argv = {"/bin/sh", "-c", std::move(script)};
  command.environment = {{"PATH", "/usr/bin:/bin"}};
  return command;
}

Exited finish(Command command) {
  asio::io_context loop;
  Exited out;
  out.error = -1;
  Process::start(loop.get_executor(), std::move(command), [&](const Exited& e) { out = e; });
  loop.run_for(10s);
  return out;
}

Ran run_to_end(Command command, std::optional<std::chrono::milliseconds> limit) {
  asio::io_context loop;
  std::optional<Ran> out;
  asio::co_spawn(
      loop, [&]() -> asio::awaitable<void> { out = co_await run(std::move(command), limit); },
      asio::detached);
  loop.run_for(10s);
  return out.value_or(Ran{});
}

TEST(Process, ReportsOutputAndExitCode) {
  const Exited e = finish(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(e.output, "out\nerr\n");
  EXPECT_EQ(e.shell_status(), 3);
  EXPECT_FALSE(e.ok());
}

TEST(Process, ReportsTheSignalThatEndedAChild) {
  const Exited e = finish(shell("kill -9 $$"));
  EXPECT_EQ(e.signal, 9);
  EXPECT_EQ(e.shell_status(), 137);
}

TEST(Process, AMissingProgramIs127AndOneThatMayNotRunIs126) {
  Command missing;
  missing.argv = {"/no/such/program"};
  EXPECT_EQ(finish(missing).shell_status(), 127);
  Command plain;
  plain.argv = {"/etc/passwd"};
  EXPECT_EQ(finish(plain).shell_status(), 126);
}

TEST(Process, AnEmptyCommandIsAFailureNotACrash) {
  EXPECT_FALSE(finish(Command{}).ok());
}

TEST(Process, AChildSeesOnlyTheEnvironmentItWasGiven) {
  Command command = shell("env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD= | sort");
  command.environment["HA_CURHOST"] = "loadb1";
  EXPECT_EQ(finish(command).output, "HA_CURHOST=loadb1\nPATH=/usr/bin:/bin\n");
}

TEST(Process, AChildHasItsOwnGroupDirectoryAndNoDescriptorsOfOurs) {
  Command command = shell(
      "ls -l /proc/self/fd | grep -c -- '->'; pwd; "
      "[ $(ps -o pgid= -p $$) = $$ ] && echo leader");
  command.directory = "/var/lib";
  // stdin, stdout, stderr and the directory that ls itself has open
  EXPECT_EQ(finish(command).output, "4\n/var/lib\nleader\n");
}

TEST(Process, InputIsReadToItsEnd) {
  Command command = shell("tr a-z A-Z");
  command.input = "action=reboot\nplug=loadb2\n";
  EXPECT_EQ(finish(command).output, "ACTION=REBOOT\nPLUG=LOADB2\n");
}

TEST(Process, IgnoredSignalsStayIgnoredInTheChild) {
  Command command = shell("kill -TERM $$; echo survived");
  command.ignored_signals = {SIGTERM};
  EXPECT_EQ(finish(command).output, "survived\n");
}

TEST(Process, LinesArriveOneByOneAndTheLastNeedsNoNewline) {
  std::vector<std::string> lines;
  Command command = shell("printf 'a\\n\\nlast'");
  command.on_line = [&](std::string_view line) { lines.emplace_back(line); };
  finish(command);
  EXPECT_EQ(lines, (std::vector<std::string>{"a", "", "last"}));
}

TEST(Process, ErrorsCanBeKeptOutOfTheOutput) {
  Command command = shell("echo said; echo complained >&2");
  command.errors = OutputTo::kNull;
  EXPECT_EQ(finish(command).output, "said\n");
}

TEST(Process, OutputIsKeptUpToItsLimit) {
  Command command = shell("head -c 100000 /dev/zero | tr '\\0' x");
  command.keep_output = 10;
  EXPECT_EQ(finish(command).output, "xxxxxxxxxx");
}

TEST(Process, ADaemonLeftBehindDoesNotDelayTheExit) {
  asio::io_context loop;
  std::optional<Exited> exited;
  std::vector<std::string> lines;
  Command command = shell("echo started; (sleep 0.3; echo later) & exit 0");
  command.on_line = [&](std::string_view line) { lines.emplace_back(line); };
  std::vector<std::string> lines_at_exit;
  Process::start(loop.get_executor(), command, [&](const Exited& e) {
    exited = e;
    lines_at_exit = lines;
  });
  loop.run_for(10s);
  ASSERT_TRUE(exited);
  EXPECT_EQ(lines_at_exit, (std::vector<std::string>{"started"}));
  EXPECT_EQ(lines, (std::vector<std::string>{"started", "later"}));
}

TEST(Process, ASignalReachesTheWholeGroup) {
  asio::io_context loop;
  std::optional<Exited> exited;
  Command command = shell("sleep 60 & echo ready; wait");
  std::shared_ptr<Process> process;
  command.on_line = [&](std::string_view) { process->signal(SIGKILL); };
  process = Process::start(loop.get_executor(), command, [&](const Exited& e) { exited = e; });
  loop.run_for(10s);  // ends only when the grandchild has closed the pipe, too
  EXPECT_TRUE(loop.stopped());
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->signal, SIGKILL);
  EXPECT_FALSE(process->running());
}

TEST(Process, RunKillsTheGroupAtItsLimit) {
  const Ran ran = run_to_end(shell("echo begun; sleep 60"), 200ms);
  EXPECT_TRUE(ran.timed_out);
  EXPECT_EQ(ran.exited.signal, SIGKILL);
  EXPECT_EQ(ran.exited.output, "begun\n");
}

TEST(Process, RunReturnsWhatTheCommandSaid) {
  const Ran ran = run_to_end(shell("echo running; exit 1"), std::nullopt);
  EXPECT_FALSE(ran.timed_out);
  EXPECT_EQ(ran.exited.code, 1);
  EXPECT_EQ(ran.exited.output, "running\n");
}

TEST(Process, AFunctionRunsInAChildOfItsOwn) {
  Command command;
  command.body = [parent = ::getpid()] {
    const bool elsewhere = ::getpid() != parent && ::getpgrp() == ::getpid();
    return elsewhere && ::write(STDOUT_FILENO, "hello\n", 6) == 6 ? 7 : 1;
  };
  const Exited e = finish(std::move(command));
  EXPECT_EQ(e.output, "hello\n");
  EXPECT_EQ(e.code, 7);
}

TEST(Process, AFunctionThatBlocksIsKilledAtItsLimit) {
  Command command;
  command.body = [] {
    ::pause();
    return 0;
  };
  const Ran ran = run_to_end(std::move(command), 50ms);
  EXPECT_TRUE(ran.timed_out);
  EXPECT_EQ(ran.exited.signal, SIGKILL);
}

TEST(Identity, RootIsKnownAndNobodyElseByThatName) {
  ASSERT_TRUE(find_identity("root"));
  EXPECT_EQ(find_identity("root")->uid, 0u);
  EXPECT_FALSE(find_identity("no-such-user-here"));
}

}  // namespace
}  // namespace um
