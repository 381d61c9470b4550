#include "support.hpp"

#include <chrono>
#include <cstdlib>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

namespace um::media::test {
namespace {

int own_namespace() {
  return ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

}  // namespace

bool TwoHosts::available() {
  int home = own_namespace();
  bool can = ::unshare(CLONE_NEWNET) == 0;
  if (can) can = ::setns(home, CLONE_NEWNET) == 0;
  ::close(home);
  return can;
}

TwoHosts::TwoHosts() : home_(own_namespace()) {
  for (int& ns : namespaces_) {
    EXPECT_EQ(::unshare(CLONE_NEWNET), 0);
    ns = own_namespace();
  }
  // The second namespace is the current one here; the pair's other end is moved by its descriptor.
  run(kLeft, "ip link add eth0 type veth peer name eth0 netns /proc/" + std::to_string(getpid()) +
                 "/fd/" + std::to_string(namespaces_[kRight]));
  for (Side side : {kLeft, kRight}) {
    std::string number = side == kLeft ? "1" : "2";
    run(side, "ip link set lo up");
    run(side, "ip link set eth0 up");
    run(side, "ip addr add 10.77.0." + number + "/24 brd + dev eth0");
    run(side, "ip addr add fd00:77::" + number + "/64 dev eth0 nodad");
  }
  ::setns(home_, CLONE_NEWNET);
}

TwoHosts::~TwoHosts() {
  ::setns(home_, CLONE_NEWNET);
  for (int fd : {home_, namespaces_[kLeft], namespaces_[kRight]}) ::close(fd);
}

void TwoHosts::in(Side side, const std::function<void()>& work) {
  int back = own_namespace();
  ASSERT_EQ(::setns(namespaces_[side], CLONE_NEWNET), 0);
  work();
  ASSERT_EQ(::setns(back, CLONE_NEWNET), 0);
  ::close(back);
}

void TwoHosts::run(Side side, const std::string& command) {
  in(side, [&] { EXPECT_EQ(std::system(command.c_str()), 0) << command; });
}

bool run_until(boost::asio::io_context& io, const std::function<bool()>& done) {
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done() && std::chrono::steady_clock::now() < end) {
    io.restart();
    io.run_one_for(std::chrono::milliseconds(20));
  }
  return done();
}

}  // namespace um::media::test
