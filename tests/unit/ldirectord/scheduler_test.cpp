#include "ldirectord/scheduler.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ldirectord/director_bed.hpp"

namespace um::ldirectord {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::HasSubstr;

/// Checks that really run, against sockets of this process.
class SchedulerTest : public DirectorBed {
 protected:
  /// A port that takes connections and never says a word.
  std::string silent_port() {
    silent_.emplace_back(loop_, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    return std::to_string(silent_.back().local_endpoint().port());
  }
  /// A port that nobody listens on.
  std::string closed_port() {
    asio::ip::tcp::acceptor gone(loop_, {asio::ip::address_v4::loopback(), 0});
    return std::to_string(gone.local_endpoint().port());
  }
  void begin(const std::string& config, std::size_t limit) {
    ASSERT_TRUE(director_.start(roster_of(config), read_clock().monotonic).has_value());
    scheduler_.emplace(loop_.get_executor(), director_, limit,
                       Scheduler::Hooks{[this] { ++results_; }, [this](const Errand&) { ++cut_; }});
    scheduler_->follow_jobs();
  }
  template <class Condition>
  bool run_until(Condition condition) {
    for (int i = 0; i < 2000 && !condition(); ++i) {
      loop_.restart();
      loop_.run_for(10ms);
    }
    return condition();
  }

  asio::io_context loop_;
  std::vector<asio::ip::tcp::acceptor> silent_;
  std::optional<Scheduler> scheduler_;
  int results_ = 0;
  int cut_ = 0;
};

std::string hanging(const std::vector<std::string>& ports) {
  std::string text = "negotiatetimeout=1\ncheckinterval=60\n";
  for (std::size_t i = 0; i < ports.size(); ++i)
    text += "virtual=10.0.0." + std::to_string(i + 1) + ":80\n    real=127.0.0.1:" + ports[i] +
            " masq\n    service=http\n    checktype=negotiate\n";
  return text;
}

TEST_F(SchedulerTest, CutsACheckAtItsDeadlineAndSaysWhatItWaitedFor) {
  begin(hanging({silent_port()}), 10);
  ASSERT_TRUE(run_until([&] { return results_ == 1; }));
  const JobState& job = director_.jobs()[0];
  EXPECT_FALSE(job.last.up);
  EXPECT_THAT(job.last.reason, HasSubstr("waiting for the answer"));
  EXPECT_GE(job.latency, 1s);
  EXPECT_EQ(cut_, 1);
}

TEST_F(SchedulerTest, ASilentServerDelaysNobody) {
  begin(hanging({silent_port(), closed_port()}), 10);
  ASSERT_TRUE(run_until([&] { return results_ == 1; }));
  EXPECT_EQ(director_.jobs()[0].runs, 0U);
  EXPECT_EQ(director_.jobs()[1].runs, 1U);
}

TEST_F(SchedulerTest, RunsNoMoreChecksAtOnceThanItsLimit) {
  begin(hanging({silent_port(), silent_port(), silent_port()}), 2);
  std::size_t most = 0;
  ASSERT_TRUE(run_until([&] {
    most = std::max(most, scheduler_->running());
    return results_ == 3;
  }));
  EXPECT_EQ(most, 2U);
}

TEST_F(SchedulerTest, StartsMoreChecksThanOneGoTakes) {
  std::string text = "checkinterval=60\nvirtual=10.0.0.1:80\n    checktype=connect\n";
  const std::string port = closed_port();
  for (int i = 1; i <= 200; ++i)
    text += "    real=127.0.1." + std::to_string(i) + ":" + port + " masq\n";
  begin(text, 1000);
  EXPECT_TRUE(run_until([&] { return results_ == 200; }));
}

TEST_F(SchedulerTest, StopEndsWhatRunsWithoutAVerdict) {
  begin(hanging({silent_port()}), 10);
  ASSERT_TRUE(run_until([&] { return scheduler_->running() == 1; }));
  scheduler_->stop();
  EXPECT_TRUE(run_until([&] { return scheduler_->running() == 0; }));
  EXPECT_EQ(results_, 0);
}

TEST_F(SchedulerTest, AChecksEndAfterTheSchedulersIsNoHarm) {
  begin(hanging({silent_port()}), 10);
  ASSERT_TRUE(run_until([&] { return scheduler_->running() == 1; }));
  scheduler_.reset();
  loop_.restart();
  loop_.run_for(100ms);
  EXPECT_EQ(results_, 0);
}

}  // namespace
}  // namespace um::ldirectord
