#include "address/spec.hpp"

#include <gtest/gtest.h>

namespace um::address {
namespace {

/// What was understood, in the order ADDR PREFIX DEVICE LABEL BROADCAST, `-` for what is missing.
std::string understood(std::string_view text) {
  const Spec spec = parse_spec(text);
  if (!spec.problem.empty()) return "! " + spec.problem;
  std::string broadcast = "-";
  if (spec.broadcast_word == BroadcastWord::kGiven) broadcast = spec.broadcast.text();
  if (spec.broadcast_word == BroadcastWord::kHostBits) broadcast = "all host bits";
  if (spec.broadcast_word == BroadcastWord::kNetwork) broadcast = "no host bits";
  return spec.ip->text() + ' ' + (spec.prefix ? std::to_string(*spec.prefix) : "-") + ' ' +
         (spec.device.empty() ? "-" : spec.device) + ' ' + (spec.label.empty() ? "-" : spec.label) +
         ' ' + broadcast;
}

TEST(Spec, AnAddressMayStandAlone) {
  EXPECT_EQ(understood("10.0.0.1"), "10.0.0.1 - - - -");
}

TEST(Spec, PrefixInterfaceAndBroadcastFollowInThisOrder) {
  EXPECT_EQ(understood("10.0.0.1/24"), "10.0.0.1 24 - - -");
  EXPECT_EQ(understood("10.0.0.1/24/eth0"), "10.0.0.1 24 eth0 - -");
  EXPECT_EQ(understood("10.0.0.1/24/eth0/10.0.0.255"), "10.0.0.1 24 eth0 - 10.0.0.255");
}

TEST(Spec, AThirdFieldThatBeginsWithADigitIsABroadcast) {
  EXPECT_EQ(understood("10.0.0.1/24/10.0.0.255"), "10.0.0.1 24 - - 10.0.0.255");
}

TEST(Spec, AnInterfaceMayCarryALabel) {
  EXPECT_EQ(understood("10.0.0.1/24/eth0:0"), "10.0.0.1 24 eth0 eth0:0 -");
  EXPECT_EQ(understood("10.0.0.1/24/eth0:web/10.0.0.255"), "10.0.0.1 24 eth0 eth0:web 10.0.0.255");
}

TEST(Spec, PlusAndMinusStandForABroadcast) {
  EXPECT_EQ(understood("10.0.0.1/24/eth0/+"), "10.0.0.1 24 eth0 - all host bits");
  EXPECT_EQ(understood("10.0.0.1/24/-"), "10.0.0.1 24 - - no host bits");
}

TEST(Spec, ADottedNetmaskIsAPrefixAndMarked) {
  EXPECT_EQ(understood("10.0.0.1/255.255.240.0/eth0"), "10.0.0.1 20 eth0 - -");
  EXPECT_TRUE(parse_spec("10.0.0.1/255.255.240.0").dotted_netmask);
  EXPECT_FALSE(parse_spec("10.0.0.1/20").dotted_netmask);
}

TEST(Spec, Ipv6TakesPrefixesUpTo128) {
  EXPECT_EQ(understood("2001:db8::5/128/eth0"), "2001:db8::5 128 eth0 - -");
  EXPECT_EQ(understood("2001:db8::5/129"), "! Invalid netmask specification [129]");
}

TEST(Spec, WhatStartRefusesIsNamed) {
  EXPECT_EQ(understood(""), "! IP address [] not valid.");
  EXPECT_EQ(understood("10.0.0"), "! IP address [10.0.0] not valid.");
  EXPECT_EQ(understood("10.0.0.256"), "! IP address [10.0.0.256] not valid.");
  EXPECT_EQ(understood("0.0.0.1"), "! IP address [0.0.0.1] not valid.");
  EXPECT_EQ(understood("10.0.0.1/0"), "! Invalid netmask specification [0]");
  EXPECT_EQ(understood("10.0.0.1/33"), "! Invalid netmask specification [33]");
  EXPECT_EQ(understood("10.0.0.1/24x"), "! Invalid netmask specification [24x]");
  EXPECT_EQ(understood("10.0.0.1/255.0.255.0"), "! Invalid netmask specification [255.0.255.0]");
  EXPECT_EQ(understood("10.0.0.1/24//"), "! Interface name [] is empty or too long");
  EXPECT_EQ(understood("10.0.0.1/24/eth0/1.2.3"), "! Invalid broadcast specification [1.2.3]");
  EXPECT_EQ(understood("10.0.0.1/24/eth0/+/x"), "! Too many fields in [10.0.0.1/24/eth0/+/x]");
  EXPECT_EQ(understood("10.0.0.1/24/eth0:elevenchars"),
            "! Interface label [eth0:elevenchars] exceeds maximum character limit of 15");
}

TEST(Spec, TheAddressIsThereEvenWhenTheRestIsRefused) {
  EXPECT_EQ(parse_spec("10.0.0.1/99/eth0:labelthatistoolong").ip->text(), "10.0.0.1");
}

}  // namespace
}  // namespace um::address
