#include "heartbeat/pid_file.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include "temporary.hpp"

namespace um::heartbeat {
namespace {

using PidFileTest = Temporary;

TEST_F(PidFileTest, TheTextIsElevenBytes) {
  EXPECT_EQ(pid_file_text(103), "       103\n");
}

TEST_F(PidFileTest, NoFileAndNoNumberBothMeanStopped) {
  EXPECT_EQ(look_up(path("pid")).state, RunState::kStopped);
  for (const char* text : {"", "hello\n", "-5\n", "\n"}) {
    write("pid", text);
    EXPECT_EQ(look_up(path("pid")).state, RunState::kStopped) << text;
  }
}

TEST_F(PidFileTest, APidThatIsNoHeartbeatIsStale) {
  write("pid", pid_file_text(::getpid()));  // alive, but this test is no heartbeat
  EXPECT_EQ(look_up(path("pid")).state, RunState::kStale);
  write("pid", "31999999\n");
  EXPECT_EQ(look_up(path("pid")).state, RunState::kStale);
}

TEST_F(PidFileTest, AProcessOfAProgramCalledHeartbeatIsRunning) {
  std::filesystem::copy("/bin/sleep", path("heartbeat"));
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl(path("heartbeat").c_str(), "heartbeat", "60", nullptr);
    ::_exit(127);
  }
  write("pid", pid_file_text(child));
  for (int tries = 0; tries < 1000 && !is_heartbeat(child); ++tries) ::usleep(1000);
  EXPECT_EQ(look_up(path("pid")).state, RunState::kRunning);
  EXPECT_EQ(look_up(path("pid")).pid, child);
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  EXPECT_EQ(look_up(path("pid")).state, RunState::kStale) << "a zombie does not run";
  ::waitpid(child, nullptr, 0);
}

TEST_F(PidFileTest, TheFileIsLockedWhileItsOwnerLives) {
  int error = 0;
  auto first = PidFile::claim(path("pid"), error);
  ASSERT_TRUE(first);
  EXPECT_EQ(read("pid"), pid_file_text(::getpid()));
  EXPECT_FALSE(PidFile::claim(path("pid"), error));
  EXPECT_EQ(error, EWOULDBLOCK);
  first.reset();  // a crash leaves the file, the next start takes it over
  EXPECT_TRUE(std::filesystem::exists(path("pid")));
  auto second = PidFile::claim(path("pid"), error);
  ASSERT_TRUE(second);
  second->remove();
  EXPECT_FALSE(std::filesystem::exists(path("pid")));
}

TEST_F(PidFileTest, ADirectoryInItsPlaceIsAFailure) {
  std::filesystem::create_directory(path("pid"));
  int error = 0;
  EXPECT_FALSE(PidFile::claim(path("pid"), error));
  EXPECT_EQ(error, EISDIR);
}

}  // namespace
}  // namespace um::heartbeat
