#include "address/guard.hpp"

#include <gtest/gtest.h>

#include "tables.hpp"

namespace um::address {
namespace {

using std::chrono::milliseconds;

const Owned kVip{assigned("192.168.0.105/24 brd 192.168.0.255 dev eth0"), {}};
const Table kWith = node({"192.168.0.105/24 dev eth0"});
const Table kWithout = node();

TimePoint at(int ms) {
  return TimePoint() + milliseconds(ms);
}

std::string seen(Guard& guard, const Table& table, int ms, std::vector<Owned> owned = {kVip}) {
  std::string text;
  for (const GuardAction& action : guard.look(owned, table, at(ms)))
    text += (action.kind == GuardAction::Kind::kPutBack ? "put back " : "announce ") +
            action.owned.place.ip.text() + ' ';
  return text;
}

Table carrier(Table table, bool there) {
  table.links[1].carrier = there;
  return table;
}

TEST(Guard, AnAddressThatIsThereNeedsNothing) {
  Guard guard;
  EXPECT_EQ(seen(guard, kWith, 0), "");
  EXPECT_EQ(guard.next_look(), std::nullopt);
}

TEST(Guard, AnAddressThatSomebodyRemovedIsPutBack) {
  Guard guard;
  EXPECT_EQ(seen(guard, kWithout, 0), "put back 192.168.0.105 ");
}

TEST(Guard, OnlyOwnedAddressesAreGuarded) {
  Guard guard;
  EXPECT_EQ(seen(guard, kWithout, 0, {}), "");
}

TEST(Guard, PuttingBackIsPaced) {
  Guard guard;
  EXPECT_EQ(seen(guard, kWithout, 0), "put back 192.168.0.105 ");
  EXPECT_EQ(seen(guard, kWithout, 400), "");
  EXPECT_EQ(guard.next_look(), at(1000));
  EXPECT_EQ(seen(guard, kWithout, 1000), "put back 192.168.0.105 ");
}

TEST(Guard, WithAnotherPrefixItIsThere) {
  Guard guard;
  EXPECT_EQ(seen(guard, node({"192.168.0.105/28 dev eth1"}), 0), "");
}

TEST(Guard, ALinkThatComesBackGetsItsAddressesAnnounced) {
  Guard guard;
  EXPECT_EQ(seen(guard, carrier(kWith, true), 0), "");
  EXPECT_EQ(seen(guard, carrier(kWith, false), 10), "");
  EXPECT_EQ(seen(guard, carrier(kWith, true), 20), "announce 192.168.0.105 ");
  EXPECT_EQ(seen(guard, carrier(kWith, true), 30), "");
}

TEST(Guard, AMissingDeviceIsWaitedFor) {
  Guard guard;
  Table table = kWithout;
  table.links.erase(table.links.begin() + 1);
  EXPECT_EQ(seen(guard, table, 0), "");
  EXPECT_EQ(seen(guard, kWithout, 5000), "put back 192.168.0.105 ");
}

}  // namespace
}  // namespace um::address
