#include "heartbeat/clients.hpp"

#include <algorithm>

#include <boost/asio/io_context.hpp>
#include <pwd.h>
#include <unistd.h>

#include "temporary.hpp"

namespace um::heartbeat {
namespace {

using namespace std::chrono_literals;

/// Clients that run as whoever runs the test, with everything logged into a file.
class ClientsTest : public Temporary {
 protected:
  ClientsTest() {
    LogSettings settings;
    settings.logfile = path("log");
    settings.file_format = [](const LogLine& line) {
      return std::string(word_of(line.level)) + ": " + line.text;
    };
    log_.configure(std::move(settings));
    clients_ = std::make_unique<Clients>(
        loop_.get_executor(), "/",
        Clients::Hooks{[this] { ++starts_; }, [](pid_t) {}, [this] { failed_fast_ = true; },
                       [] { return current_environment(); }},
        log_);
  }

  parsers::ClientLine line(const std::string& command, bool failfast = false) const {
    parsers::ClientLine out;
    out.user = ::getpwuid(::getuid())->pw_name;
    out.command = command;
    out.failfast = failfast;
    out.uid = ::getuid();
    out.gid = ::getgid();
    return out;
  }
  bool wait_for(const std::function<bool()>& condition) {
    for (int i = 0; i < 500 && !condition(); ++i) {
      loop_.restart();
      loop_.run_for(20ms);
    }
    return condition();
  }
  bool logged(const std::string& text) const { return read("log").find(text) != std::string::npos; }

  boost::asio::io_context loop_;
  Log log_;
  int starts_ = 0;
  bool failed_fast_ = false;
  std::unique_ptr<Clients> clients_;
};

TEST_F(ClientsTest, ACommandThatEndsIsStartedAgain) {
  clients_->start({line("/bin/false")});
  ASSERT_TRUE(wait_for([&] { return starts_ >= 2; }));
  EXPECT_TRUE(logged("info: Starting child client \"/bin/false\" ("));
  EXPECT_TRUE(logged("exited with return code 1.\nERROR: Respawning client \"/bin/false\":"));
}

TEST_F(ClientsTest, ExitCode100MeansThatItWantsNoOther) {
  clients_->start({line("/bin/sh -c 'exit 100'")});
  ASSERT_TRUE(wait_for([&] { return clients_->states().front().given_up; }));
  EXPECT_EQ(starts_, 1);
  EXPECT_FALSE(logged("Respawning"));
  EXPECT_TRUE(logged("WARN: Managed /bin/sh -c 'exit 100' process"));
}

TEST_F(ClientsTest, ASignalIsNamed) {
  clients_->start({line("/bin/sh -c 'kill -9 $$'")});
  ASSERT_TRUE(wait_for([&] { return starts_ >= 2; }));
  EXPECT_TRUE(logged("killed by signal 9 [SIGKILL - Kill, unblockable]."));
}

TEST_F(ClientsTest, AFailfastClientThatDiesTakesTheMachineDown) {
  clients_->start({line("/bin/false", true)});
  EXPECT_TRUE(wait_for([&] { return failed_fast_; }));
  EXPECT_EQ(starts_, 1);
}

TEST_F(ClientsTest, TheyAreStoppedLastFirstEachWaitedFor) {
  clients_->start({line("/bin/sleep 100"), line("/bin/sleep 200")});
  bool stopped = false;
  clients_->stop([&] { stopped = true; });
  ASSERT_TRUE(wait_for([&] { return stopped; }));
  const std::string text = read("log");
  const auto second = text.find("killing /bin/sleep 200 process group");
  const auto gone = text.find("Managed /bin/sleep 200 process");
  const auto first = text.find("killing /bin/sleep 100 process group");
  ASSERT_NE(first, std::string::npos);
  EXPECT_LT(second, gone);
  EXPECT_LT(gone, first);
}

TEST_F(ClientsTest, StoppingNoneIsDoneAtOnce) {
  bool stopped = false;
  clients_->stop([&] { stopped = true; });
  EXPECT_TRUE(stopped);
}

TEST_F(ClientsTest, AReloadStopsWhatIsGoneAndStartsWhatIsNew) {
  clients_->start({line("/bin/sleep 100"), line("/bin/sleep 200")});
  const pid_t kept = clients_->states()[1].pid;
  clients_->change({line("/bin/sleep 200"), line("/bin/sleep 300")});
  ASSERT_TRUE(wait_for([&] { return clients_->states().size() == 2; }));
  EXPECT_EQ(clients_->states()[0].pid, kept);
  EXPECT_EQ(clients_->states()[1].command, "/bin/sleep 300");
  EXPECT_FALSE(logged("Respawning"));
  bool stopped = false;
  clients_->stop([&] { stopped = true; });
  wait_for([&] { return stopped; });
}

}  // namespace
}  // namespace um::heartbeat
