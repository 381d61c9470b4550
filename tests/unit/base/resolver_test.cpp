#include "base/resolver.hpp"

#include <gtest/gtest.h>

namespace um {
namespace {

using namespace std::chrono_literals;

TEST(Resolver, NumbersAreAnsweredWithoutLookUpInTheirOneSpelling) {
  SystemResolver resolver(0ms);  // no time for a look-up at all
  EXPECT_EQ(resolver.host("10.0.0.1", Family::kInet).address, "10.0.0.1");
  EXPECT_EQ(resolver.host("10.1", Family::kInet).address, "10.0.0.1");
  EXPECT_EQ(resolver.host("010.0.0.1", Family::kInet).address, "8.0.0.1");
  EXPECT_EQ(resolver.host("2001:DB8:0::1", Family::kInet6).address, "2001:db8::1");
}

TEST(Resolver, AnEmptyNameIsTheLoopbackAddress) {
  SystemResolver resolver;
  EXPECT_EQ(resolver.host("", Family::kInet).address, "127.0.0.1");
  EXPECT_EQ(resolver.host("", Family::kInet6).address, "::1");
}

TEST(Resolver, ANumberOfTheOtherFamilyIsNoAddress) {
  SystemResolver resolver(0ms);
  EXPECT_EQ(resolver.host("10.0.0.1", Family::kInet6).address, "");
  EXPECT_EQ(resolver.host("::1", Family::kInet).address, "");
}

TEST(Resolver, ANameOfTheHostsTableIsFound) {
  SystemResolver resolver;
  EXPECT_EQ(resolver.host("localhost", Family::kInet).address.substr(0, 4), "127.");
}

TEST(Resolver, ANameThatDoesNotExistSaysWhy) {
  SystemResolver resolver(2s);
  const Resolver::Host host = resolver.host("no..such..name", Family::kInet);
  EXPECT_EQ(host.address, "");
  EXPECT_NE(host.why, "");
}

TEST(Resolver, AfterTheDeadlineNoNameIsAskedFor) {
  SystemResolver resolver(0ms);
  const Resolver::Host host = resolver.host("localhost", Family::kInet);
  EXPECT_EQ(host.address, "");
  EXPECT_EQ(host.why, "not asked: name look-ups already took too long");
}

TEST(Resolver, ServicesAreThoseOfTheServiceTable) {
  SystemResolver resolver;
  EXPECT_EQ(resolver.service("http", Transport::kTcp), 80);
  EXPECT_EQ(resolver.service("tftp", Transport::kUdp), 69);
  EXPECT_EQ(resolver.service("tftp", Transport::kTcp), std::nullopt);
  EXPECT_EQ(resolver.service("tftp", Transport::kAny), 69);
  EXPECT_EQ(resolver.service("nosuch-service", Transport::kAny), std::nullopt);
}

}  // namespace
}  // namespace um
