// The doors to the kernel, in a network namespace of the test's own (skipped where that is not
// allowed).
#include "address/netlink.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include "address/watch.hpp"
#include "tables.hpp"

namespace um::address {
namespace {

class Kernel : public testing::Test {
 protected:
  void SetUp() override {
    static const bool kApart =
        unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    if (!kApart) GTEST_SKIP() << "no network namespace of its own: not root";
    auto opened = Netlink::open();
    ASSERT_TRUE(opened);
    netlink.emplace(std::move(*opened));
    ASSERT_TRUE(netlink->bring_up("lo"));
    netlink->remove(vip);
  }

  std::string held() {
    std::string text;
    const auto table = netlink->table();
    if (!table) return table.error().reason;
    for (const Assigned& a : table->holding(vip.ip)) text += a.words() + '\n';
    return text;
  }

  const Assigned vip = assigned("10.9.8.7/28 brd 10.9.8.15 dev lo label lo:x scope link");
  std::optional<Netlink> netlink;
};

TEST_F(Kernel, AnAddressIsReadBackAsItWasAdded) {
  ASSERT_TRUE(netlink->add(vip));
  EXPECT_EQ(held(), "10.9.8.7/28 brd 10.9.8.15 dev lo label lo:x scope link\n");
}

TEST_F(Kernel, AddingAndRemovingTwiceIsNoFailure) {
  EXPECT_TRUE(netlink->add(vip));
  EXPECT_TRUE(netlink->add(vip));
  EXPECT_TRUE(netlink->remove(vip));
  EXPECT_TRUE(netlink->remove(vip));
  EXPECT_EQ(held(), "");
}

TEST_F(Kernel, AMissingDeviceRefusesAddressesAndHasNone) {
  Assigned elsewhere = vip;
  elsewhere.device = "nosuch0";
  elsewhere.label.clear();
  EXPECT_EQ(netlink->add(elsewhere).error().reason, "No such device");
  EXPECT_TRUE(netlink->remove(elsewhere));
  EXPECT_EQ(netlink->bring_up("nosuch0").error().reason, "No such device");
}

TEST_F(Kernel, LinksAndLocalRoutesAreRead) {
  auto table = netlink->table();
  ASSERT_TRUE(table);
  ASSERT_TRUE(netlink->read_routes(*table));
  EXPECT_TRUE(table->is_loopback("lo"));
  EXPECT_FALSE(table->link("lo")->can_announce());
  EXPECT_TRUE(std::ranges::any_of(
      table->routes, [](const Route& r) { return r.local && r.device == "lo" && r.prefix == 8; }));
}

TEST_F(Kernel, TheWatchTellsOfEveryChangeOnce) {
  auto watch = AddressWatch::open();
  ASSERT_TRUE(watch);
  EXPECT_FALSE(watch->drain());
  ASSERT_TRUE(netlink->add(vip));
  EXPECT_TRUE(watch->drain());
  EXPECT_FALSE(watch->drain());
  ASSERT_TRUE(netlink->remove(vip));
  EXPECT_TRUE(watch->drain());
}

}  // namespace
}  // namespace um::address
