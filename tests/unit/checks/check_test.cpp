#include "checks/check.hpp"

#include <gtest/gtest.h>

#include "canned_server.hpp"

namespace um::checks {
namespace {
using namespace std::chrono_literals;
using testing::CannedServer;
using testing::run;

TEST(Check, ConnectIsUpAsSoonAsTheServerAccepts) {
  boost::asio::io_context context;
  CannedServer server(context, {.answer = "", .keep_open = true});
  Probe probe;
  probe.target = server.target();
  probe.check_type = "connect";
  EXPECT_TRUE(run(context, probe).up);
}

TEST(Check, UnknownServiceIsDownWithAReason) {
  boost::asio::io_context context;
  Probe probe;
  probe.check_type = "negotiate";
  probe.service = "gopher";
  EXPECT_EQ(run(context, probe).reason, "no check for checktype negotiate and service gopher");
}

TEST(Check, OffIsDownAndOnIsUp) {
  boost::asio::io_context context;
  Probe probe;
  probe.check_type = "off";
  EXPECT_FALSE(run(context, probe).up);
  probe.check_type = "on";
  EXPECT_TRUE(run(context, probe).up);
}

TEST(Check, CancellingTheCallerEndsTheCheckAtOnce) {
  boost::asio::io_context context;
  CannedServer server(context, {.answer = "", .keep_open = true});
  Probe probe;
  probe.target = server.target();
  probe.check_type = "negotiate";
  probe.service = "http";
  boost::asio::cancellation_signal stop;
  bool ended = false;
  boost::asio::co_spawn(
      context, run_check_within(probe, 1h),
      boost::asio::bind_cancellation_slot(
          stop.slot(), [&](std::exception_ptr, const Outcome&) { ended = true; }));
  while (server.received().empty()) context.run_one();
  stop.emit(boost::asio::cancellation_type::terminal);
  for (int i = 0; i < 100 && !ended; ++i) context.poll_one();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace um::checks
