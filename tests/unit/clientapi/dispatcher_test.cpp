// What the recorded sessions (tests/vectors/api) do not show: the old daemon's defects that are not
// copied, several clients at once, ends of clients. Messages are written as `name=value` words.
#include "clientapi/dispatcher.hpp"

#include <gtest/gtest.h>

#include "tests/unit/clientapi/fake_node.hpp"

namespace um::clientapi {
namespace {

using Lines = std::vector<std::string>;
constexpr uid_t kRoot = 0, kHacluster = 101;

std::string words(const wire::Message& message) {
  std::string text;
  for (const wire::Field& field : message.fields())
    text += (text.empty() ? "" : " ") + field.name + "=" + field.value;
  return text;
}

class Api : public testing::Test {
 protected:
  Api() : dispatcher(node, [this](pid_t pid) { return !dead.contains(pid); }) {
    std::vector<parsers::ApiAuth> rules(3);
    rules[0].client = "anon";
    rules[0].uids = {kRoot};
    rules[1].client = "ipfail";
    rules[1].uids = {kHacluster};
    rules[2].client = "default";
    rules[2].uids = {kRoot};
    dispatcher.set_rules(AccessRules(rules));
    node.deliver = [this](const wire::Message& message) {
      carry_out(dispatcher.deliver(message, kDefaultMask));
    };
  }

  /// Sends `t=hbapi-req reqtype=... ` or any other message, as lines without the markers.
  void say(ConnectionId id, const std::string& lines) {
    carry_out(dispatcher.received(id, ">>>\n" + lines + "<<<\n"));
  }
  void ask(ConnectionId id, const std::string& verb, const std::string& more = "") {
    say(id, "t=hbapi-req\nreqtype=" + verb + "\npid=" + std::to_string(pids[id]) + "\n" + more);
  }

  /// Connects and signs on; a casual client without a name.
  void sign_on(ConnectionId id, pid_t pid, const std::string& name = "", uid_t uid = kRoot) {
    pids[id] = pid;
    dispatcher.connected(id, {pid, uid, 0});
    ask(id, "signon",
        (name.empty() ? "" : "from_id=" + name + "\n") + "uid=" + std::to_string(uid) +
            "\ngid=0\n");
    sent[id].clear();
  }

  void carry_out(Effects effects) {
    for (Effect& effect : effects) {
      if (auto* send = std::get_if<Send>(&effect)) {
        sent[send->to].push_back(words(send->message));
        signals[send->to] = send->signal;
      } else if (auto* close = std::get_if<Close>(&effect)) {
        closed.insert(close->connection);
      } else if (auto* message = std::get_if<Broadcast>(&effect)) {
        node.broadcast(message->message);
      } else if (auto* line = std::get_if<LogText>(&effect)) {
        log.push_back(line->text);
      }
    }
  }

  Lines broadcasts() const {
    Lines out;
    for (const auto& message : node.broadcasts) out.push_back(words(message));
    return out;
  }

  test::FakeNode node;
  std::set<pid_t> dead;
  Dispatcher dispatcher;
  std::map<ConnectionId, Lines> sent;
  std::map<ConnectionId, int> signals;
  std::map<ConnectionId, pid_t> pids;
  std::set<ConnectionId> closed;
  Lines log;
};

constexpr std::string_view kBadPid = "t=hbapi-resp reqtype=signon info=bad pid result=badreq";

// ---- sign-on ------------------------------------------------------------------------------------

TEST_F(Api, ASignOnWithoutPidIsRefusedInsteadOfCrashing) {
  dispatcher.connected(1, {500, kRoot, 0});
  say(1, "t=hbapi-req\nreqtype=signon\nfrom_id=x\nuid=0\ngid=0\n");
  ASSERT_EQ(sent[1].size(), 2U);
  EXPECT_TRUE(sent[1][0].starts_with(kBadPid));
  EXPECT_EQ(sent[1][1], "t=hbapi-clstat st=leave from_id= to_id= src=nodea info=died client_gen=0");
  EXPECT_TRUE(closed.contains(1));
}

TEST_F(Api, AClientNameOf31BytesIsTheLongest) {
  dispatcher.connected(1, {500, kRoot, 0});
  pids[1] = 500;
  ask(1, "signon", "from_id=" + std::string(31, 'a') + "\nuid=0\ngid=0\n");
  EXPECT_TRUE(dispatcher.has_client(std::string(31, 'a')));
  dispatcher.connected(2, {501, kRoot, 0});
  pids[2] = 501;
  ask(2, "signon", "from_id=" + std::string(32, 'b') + "\nuid=0\ngid=0\n");
  EXPECT_TRUE(sent[2].at(0).starts_with(
      "t=hbapi-resp reqtype=signon info=client name too long result=badreq"));
  EXPECT_TRUE(closed.contains(2));
}

TEST_F(Api, AMessageBeforeTheSignOnIsLoggedAndASignOnAfterItStillWorks) {
  dispatcher.connected(1, {500, kRoot, 0});
  pids[1] = 500;
  say(1, "t=hello\n");
  EXPECT_EQ(log, Lines{"api_process_registration_msg: bad message"});
  ask(1, "signon", "uid=0\ngid=0\n");
  EXPECT_TRUE(dispatcher.signed_on(1));
}

TEST_F(Api, EachConnectionGetsTheNextClientGeneration) {
  sign_on(1, 500);
  dispatcher.connected(2, {501, kRoot, 0});
  say(2, "t=hbapi-req\nreqtype=signon\n");
  sign_on(3, 502, "test");
  EXPECT_EQ(broadcasts().back(),
            "t=hbapi-clstat st=join from_id=test to_id=test src=nodea info=signon client_gen=2");
}

// ---- requests -----------------------------------------------------------------------------------

TEST_F(Api, QuestionsWithoutAnEntryAreRefusedInsteadOfHanging) {
  node.members[1].links.clear();
  sign_on(1, 500);
  ask(1, "iflist", "node=nodeb\n");
  EXPECT_EQ(sent[1], Lines{"t=hbapi-resp reqtype=iflist result=badreq info=EINVAL"});
}

TEST_F(Api, ARequestInAnotherClientsNameGetsNoAnswer) {
  sign_on(1, 500);
  sign_on(2, 501, "test");
  say(1, "t=hbapi-req\nreqtype=numnodes\npid=501\nfrom_id=test\n");
  EXPECT_EQ(sent[1], Lines{});
  EXPECT_EQ(log.back(), "Client mismatch! (impersonation?)");
}

TEST_F(Api, OnlyRootAndHeartbeatsOwnUserMayListenToEverything) {
  sign_on(1, 500, "ipfail", kHacluster);
  ask(1, "setfilter", "fmask=1\n");
  ask(1, "setfilter", "fmask=3f\n");
  EXPECT_EQ(sent[1], (Lines{"t=hbapi-resp reqtype=setfilter result=OK",
                            "t=hbapi-resp reqtype=setfilter result=badreq info=EPERM"}));
}

TEST_F(Api, AMaskChoosesWhatAClientHears) {
  sign_on(1, 500);
  sign_on(2, 501);
  ask(2, "setfilter", "fmask=8\n");
  sent.clear();
  carry_out(dispatcher.deliver(wire::Message("status"), 1));
  carry_out(dispatcher.deliver(wire::Message("resource"), 8));
  EXPECT_EQ(sent[1], Lines{"t=status"});
  EXPECT_EQ(sent[2], Lines{"t=resource"});
}

TEST_F(Api, TheSignalAClientAskedForComesWithEachMessage) {
  sign_on(1, 500);
  ask(1, "setsignal", "signal=10\n");
  carry_out(dispatcher.deliver(wire::Message("status"), 1));
  EXPECT_EQ(signals[1], 10);
}

TEST_F(Api, AnotherNodesClientIsAskedForAcrossTheCluster) {
  sign_on(1, 500);
  say(1, "t=hbapi-req\nreqtype=clientstatus\npid=500\nfrom_id=500\nnode=NODEB\ncn=ipfail\n");
  EXPECT_EQ(broadcasts(), Lines{"t=query-cstatus dest=nodeb cn=ipfail from_id=500"});
  ASSERT_EQ(sent[1].size(), 1U);
  EXPECT_TRUE(sent[1][0].starts_with(
      "t=respond-cstatus dest=nodea result=OK cn=ipfail to_id=500 cs=online"));
}

TEST_F(Api, ADeadNodesClientIsOfflineWithoutAsking) {
  node.members[1].status = test::FakeNode::Status::kDead;
  sign_on(1, 500);
  say(1, "t=hbapi-req\nreqtype=clientstatus\npid=500\nfrom_id=500\nnode=nodeb\ncn=ipfail\n");
  EXPECT_EQ(broadcasts(), Lines{});
  EXPECT_EQ(sent[1],
            Lines{"t=hbapi-resp reqtype=clientstatus subt=respond-cstatus cs=offline result=OK"});
}

TEST_F(Api, AQueryOfAnotherNodeIsAnsweredAndNotShownToClients) {
  sign_on(1, 500);
  sign_on(2, 501, "test");
  node.broadcasts.clear();
  wire::Message query("query-cstatus");
  query.set("dest", "nodea").set("cn", "test").set("from_id", "77").set("src", "nodeb");
  carry_out(dispatcher.deliver(query, kDefaultMask));
  EXPECT_EQ(broadcasts(),
            Lines{"t=respond-cstatus dest=nodeb result=OK cn=test to_id=77 cs=online"});
  EXPECT_EQ(sent[1], Lines{});
}

// ---- cluster messages ---------------------------------------------------------------------------

TEST_F(Api, ACompressedMessageIsRefusedBecauseItCouldSpeakInAnyNodesName) {
  sign_on(1, 500, "test");
  node.broadcasts.clear();
  say(1, "t=x\n(1)_compressed_payload=QUJD\n_compression_algorithm=zlib\n");
  EXPECT_EQ(broadcasts(), Lines{});
}

TEST_F(Api, ADestinationGivenAsUuidIsNamed) {
  sign_on(1, 500, "test");
  node.broadcasts.clear();
  say(1, "t=x\n(1)destuuid=lII6Be11SnugAl5bDO0nzw==\n");
  EXPECT_EQ(node.broadcasts.at(0).get("dest"), "nodeb");
}

TEST_F(Api, AMessageWithAReceiverGoesToThatClientAlone) {
  sign_on(1, 500);
  sign_on(2, 501, "test");
  wire::Message message("hello");
  message.set("to_id", "test");
  carry_out(dispatcher.deliver(message, 1));
  EXPECT_EQ(sent[1], Lines{});
  EXPECT_EQ(sent[2], Lines{"t=hello to_id=test"});
}

// ---- ends ---------------------------------------------------------------------------------------

const std::string kLeft = "t=hbapi-clstat st=leave from_id=test to_id=test src=nodea info=";

TEST_F(Api, TheClusterHearsWhenANamedClientIsGone) {
  sign_on(1, 500, "test");
  carry_out(dispatcher.disconnected(1, "EOF"));
  EXPECT_EQ(broadcasts().back(), kLeft + "EOF client_gen=0");
  EXPECT_FALSE(dispatcher.has_client("test"));
}

TEST_F(Api, NobodyHearsWhenACasualClientIsGone) {
  sign_on(1, 500);
  carry_out(dispatcher.disconnected(1, "EOF"));
  EXPECT_EQ(broadcasts(), Lines{});
}

TEST_F(Api, AProcessThatIsGoneWhileItsSocketIsHeldOpenIsFoundByTheAudit) {
  sign_on(1, 500, "test");
  carry_out(dispatcher.audit());
  EXPECT_TRUE(dispatcher.signed_on(1));
  dead.insert(500);
  carry_out(dispatcher.audit());
  EXPECT_TRUE(closed.contains(1));
  EXPECT_EQ(log.back(), "api_audit_clients: client 500 died");
  EXPECT_EQ(broadcasts().back(), kLeft + "died-audit client_gen=0");
}

TEST_F(Api, ARespawnClientThatHeartbeatSawEndingIsGoneAtOnce) {
  sign_on(1, 500, "test");
  carry_out(dispatcher.process_ended(500));
  EXPECT_EQ(broadcasts().back(), kLeft + "died client_gen=0");
}

TEST_F(Api, TheNameIsFreeAgainAfterItsClientLeft) {
  sign_on(1, 500, "test");
  carry_out(dispatcher.disconnected(1, "EOF"));
  sign_on(2, 501, "test");
  EXPECT_TRUE(dispatcher.signed_on(2));
}

}  // namespace
}  // namespace um::clientapi
