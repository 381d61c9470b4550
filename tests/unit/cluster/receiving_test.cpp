// Which packets are believed (wire 6.2, 7.7; W14, W15).
#include <gtest/gtest.h>

#include "tests/unit/cluster/node.hpp"

namespace um::cluster::test {
namespace {

std::string uuid(char c) {
  return std::string(16, c);
}

wire::Message status_of(std::string_view name, std::string_view seq, char uuid_byte) {
  wire::Message message("status");
  message.set("st", "active").set("dt", "1770").set("protocol", "1").set("src", name);
  message.set("srcuuid", uuid(uuid_byte), wire::FieldType::kBinary);
  message.set("seq", seq).set("hg", "1").set("ts", "6b029a79");
  return message;
}

TEST(Receiving, AMessageIsDeliveredOnceHoweverManyCopiesCome) {
  Node alpha(two_nodes());
  join(alpha);
  for (int i = 0; i < 3; ++i) alpha.hear("beta t=hello data=one seq=4");
  EXPECT_EQ(alpha.delivered(), (Lines{"t=hello data=one seq=4"}));
}

TEST(Receiving, AMessageThatOvertookAnotherIsDeliveredAtOnce) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=second seq=5");
  alpha.hear("beta t=first seq=4");
  EXPECT_EQ(alpha.delivered(), (Lines{"t=second seq=5", "t=first seq=4"}));
  EXPECT_EQ(alpha.log(),
            (Lines{"WARN: 1 lost packet(s) for [beta] [3:5]", "info: No pkts missing from beta!"}));
  alpha.advance(900ms);
  EXPECT_EQ(alpha.sent("NS_rexmit"), Lines{}) << "disorder alone asks for nothing";
}

TEST(Receiving, ALowerGenerationIsAReplay) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=status st=active dt=1770 seq=9 hg=0");
  EXPECT_EQ(alpha.log(), (Lines{"ERROR: should_drop_message: attempted replay attack [beta]? [gen "
                                "= 0, curgen = 1]"}));
}

TEST(Receiving, FloodsOfBadPacketsBecomeOneLineAMinute) {
  Node alpha(two_nodes());
  join(alpha);
  for (int i = 0; i < 1000; ++i) alpha.hear("delta t=status st=active dt=1770 seq=1");
  EXPECT_EQ(alpha.log(), (Lines{"ERROR: process_status_message: bad node [delta] in message"}));
  keep_alive(alpha, 4, 61);
  EXPECT_TRUE(contains(alpha.log(),
                       "ERROR: 999 more like this within a minute: "
                       "process_status_message: bad node [delta] in message"));
}

TEST(Receiving, NamesAreComparedWithTheirCase) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("BETA t=status st=active dt=1770 seq=4");
  EXPECT_TRUE(contains(alpha.log(), "ERROR: process_status_message: bad node [BETA] in message"));
}

TEST(Receiving, RefusesWhatLacksAMandatoryField) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=hello seq=4 ts=0");
  alpha.hear("beta t=hello");
  EXPECT_EQ(alpha.log(),
            (Lines{"ERROR: process_clustermsg: missing from/ts/type: iface eth0, from beta",
                   "ERROR: process_clustermsg: missing seqno: iface eth0, from beta"}));
  EXPECT_EQ(alpha.delivered(), Lines{});
}

TEST(Receiving, AMessageForAnotherNodeCountsButIsNotDelivered) {
  Node alpha(three_nodes());
  join(alpha);
  alpha.hear("beta t=hello dest=gamma seq=4");
  alpha.hear("beta t=hello dest=alpha seq=5");
  EXPECT_EQ(alpha.delivered(), (Lines{"t=hello dest=alpha seq=5"}));
  EXPECT_EQ(alpha.log(), Lines{});
}

TEST(Receiving, ADestuuidOfZerosIsNoAddress) {
  Node alpha(two_nodes());
  join(alpha);
  wire::Message message = parse_fields("t=hello src=beta seq=4 hg=1 ts=1");
  message.set("destuuid", std::string(16, '\0'), wire::FieldType::kBinary);
  alpha.hear(message);
  EXPECT_EQ(alpha.delivered().size(), 1U);
  message.set("destuuid", uuid('z'), wire::FieldType::kBinary).set("seq", "5");
  alpha.hear(message);
  EXPECT_EQ(alpha.delivered().size(), 0U);
}

TEST(Receiving, WhatARestartedNodeSaysBeforeItsFirstStatusIsAskedForAgain) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=starting seq=7 hg=2");
  EXPECT_EQ(alpha.delivered(), Lines{}) << "a node of unknown state";
  alpha.hear("beta t=status st=active dt=1770 seq=8 hg=2");
  EXPECT_TRUE(contains(alpha.log(), "info: Heartbeat restart on node beta"));
  alpha.sent();
  alpha.advance(300ms);
  EXPECT_EQ(alpha.sent("NS_rexmit").front(), "t=NS_rexmit dest=beta firstseq=7 lastseq=7");
  alpha.hear("beta t=starting seq=7 hg=2");
  EXPECT_TRUE(contains(alpha.delivered(), "t=starting seq=7"));
}

TEST(Receiving, ANewUuidOfANodeIsAcceptedAndNoted) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear(status_of("beta", "4", 'b'));
  alpha.hear(status_of("beta", "5", 'c'));
  EXPECT_EQ(alpha.log(), (Lines{"info: node beta changed its uuid to "
                                "63636363-6363-6363-6363-636363636363"}));
}

TEST(Receiving, AKnownUuidUnderAnotherNameRenamesNobody) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear(status_of("beta", "4", 'b'));
  alpha.hear(status_of("delta", "5", 'b'));
  EXPECT_EQ(alpha.log(), (Lines{"ERROR: node delta has the uuid of node beta: refused (a node "
                                "keeps its configured name; was /var/lib/heartbeat/hb_uuid "
                                "copied?)"}));
  EXPECT_EQ(alpha.status("beta"), "active");
}

TEST(Receiving, ClonedMachinesAreToldApartByTheirNames) {
  Node alpha(three_nodes());
  join(alpha);
  alpha.hear(status_of("beta", "4", 'b'));
  alpha.hear(status_of("gamma", "1", 'b'));
  EXPECT_EQ(alpha.status("gamma"), "active");
  EXPECT_TRUE(contains(alpha.log(),
                       "ERROR: nodes beta and gamma have the same uuid "
                       "62626262-6262-6262-6262-626262626262: remove hb_uuid on one of them"));
}

TEST(Receiving, TheEchoOfOurOwnPacketsBringsUpOurLinkAndNothingElse) {
  Node alpha(two_nodes());
  alpha.start();
  const auto packets = alpha.packets();
  alpha.forget();
  for (const wire::Message& packet : packets) alpha.hear(packet);
  EXPECT_EQ(alpha.log(), (Lines{"info: Link alpha:eth0 up."}));
  EXPECT_EQ(alpha.sent(), Lines{});
}

TEST(Receiving, AnotherMachineWithOurNameIsReported) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear(status_of("alpha", "400", 'x'));
  EXPECT_EQ(alpha.log(),
            (Lines{"ERROR: another machine calls itself alpha: its packets are refused"}));
}

TEST(Receiving, ClientsHearOfJoinsAndLeavesInOrder) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=hbapi-clstat st=leave seq=6");
  alpha.hear("beta t=hbapi-clstat st=join seq=5");
  EXPECT_EQ(alpha.delivered(), Lines{});
  alpha.hear("beta t=hello seq=4");
  EXPECT_EQ(alpha.delivered(), (Lines{"t=hello seq=4", "t=hbapi-clstat st=join seq=5",
                                      "t=hbapi-clstat st=leave seq=6"}));
}

TEST(Receiving, HeldJoinsAndLeavesAreDeliveredWhenTheNodeDies) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.hear("beta t=hbapi-clstat st=join seq=5");
  alpha.advance(7s);
  EXPECT_TRUE(contains(alpha.delivered(), "t=hbapi-clstat st=join seq=5"));
}

TEST(Receiving, OurOwnBroadcastReachesOurClientsAndADirectedOneDoesNot) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.submit("t=hello data=one");
  alpha.submit("t=hello data=two dest=beta");
  EXPECT_EQ(alpha.delivered(), (Lines{"t=hello data=one seq=6"}));
  EXPECT_EQ(alpha.sent(), (Lines{"t=hello data=one seq=6", "t=hello data=two dest=beta seq=7"}));
}

TEST(Receiving, ALocalMessageCannotChooseItsSenderOrNumber) {
  Node alpha(two_nodes());
  join(alpha);
  alpha.submit("t=hello src=beta seq=999 hg=99 data=one");
  const wire::Message sent = alpha.packets().front();
  EXPECT_EQ(sent.get("src"), "alpha");
  EXPECT_EQ(sent.get("seq"), "6");
  EXPECT_EQ(sent.get("hg"), "7");
}

}  // namespace
}  // namespace um::cluster::test
