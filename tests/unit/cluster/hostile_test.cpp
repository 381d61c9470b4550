// What an enemy, or a second cluster, can do with the port: bytes as the network brings them,
// through the codec into the engine. Membership stays as it is and each source costs one line a
// minute (W15).
#include <gtest/gtest.h>

#include "cluster/random.hpp"
#include "tests/unit/cluster/node.hpp"
#include "wire/codec.hpp"

namespace um::cluster::test {
namespace {

wire::Keyring ring(std::string_view text) {
  wire::Keyring keys;
  keys.set(1, {wire::Method::kSha1, std::string(text)});
  keys.select(1);
  return keys;
}

/// alpha with a living beta; whatever else happens, beta goes on sending its status each second.
class UnderFire {
 public:
  UnderFire() { join(alpha_); }

  /// As the daemon does: only what is authentic reaches the engine.
  void bytes(std::string_view packet) {
    wire::Decoded decoded = wire::decode_packet(packet, keys_);
    if (decoded.ok())
      alpha_.hear(decoded.message);
    else
      ++refused_;
  }
  void seconds(int count) { number_ = keep_alive(alpha_, number_, count); }

  std::string packet(std::string_view fields, std::string_view key = "our secret") const {
    return wire::encode_packet(parse_fields(fields), ring(key), wire::Form::kString);
  }

  /// Nobody came, died, returned or changed, and alpha says nothing but its rhythm.
  void expect_undisturbed(std::string_view what) {
    EXPECT_EQ(alpha_.status("beta"), "active") << what;
    EXPECT_EQ(alpha_.status("alpha"), "active") << what;
    EXPECT_EQ(alpha_.engine().cluster().nodes().size(), 2U) << what;
    EXPECT_EQ(alpha_.delivered(), Lines{}) << what;
    for (const std::string& sent : alpha_.sent())
      EXPECT_TRUE(sent.starts_with("t=status st=active") || sent.starts_with("t=NS_ackmsg"))
          << what << ": " << sent;
  }

  Node& alpha() { return alpha_; }
  int refused() const { return refused_; }

 private:
  Node alpha_{two_nodes()};
  wire::Keyring keys_ = ring("our secret");
  std::uint64_t number_ = 4;
  int refused_ = 0;
};

TEST(Hostile, PacketsOfAnEarlierLifeReplayedAreOneLineAMinute) {
  UnderFire fire;
  for (int i = 0; i < 1000; ++i)
    fire.bytes(fire.packet("t=status st=up dt=1770 protocol=1 src=beta seq=64 hg=0 ts=1"));
  fire.seconds(10);
  EXPECT_EQ(fire.alpha().log(), (Lines{"ERROR: should_drop_message: attempted replay attack "
                                       "[beta]? [gen = 0, curgen = 1]"}));
  fire.expect_undisturbed("replay of another generation");
}

TEST(Hostile, PacketsOfThisLifeReplayedSayNothingNew) {
  UnderFire fire;
  const std::string old = fire.packet("t=status st=up dt=1770 protocol=1 src=beta seq=1 hg=1 ts=1");
  const std::string newest =
      fire.packet("t=status st=active dt=1770 protocol=1 src=beta seq=3 hg=1 ts=1");
  for (int i = 0; i < 1000; ++i) {
    fire.bytes(old);
    fire.bytes(newest);
  }
  fire.seconds(10);
  EXPECT_EQ(fire.alpha().log(), Lines{});
  fire.expect_undisturbed("replay of this generation");
}

TEST(Hostile, AReplayDoesNotKeepADeadNodeAlive) {
  UnderFire fire;
  const std::string newest =
      fire.packet("t=status st=active dt=1770 protocol=1 src=beta seq=3 hg=1 ts=1");
  for (int i = 0; i < 10; ++i) {
    fire.alpha().advance(1s);
    fire.bytes(newest);
  }
  EXPECT_EQ(fire.alpha().status("beta"), "dead");
}

TEST(Hostile, AForeignClusterWithOurKeyIsOneLinePerNode) {
  UnderFire fire;
  for (int i = 0; i < 500; ++i) {
    fire.bytes(fire.packet("t=status st=active dt=1770 protocol=1 src=mars seq=1 hg=1 ts=1"));
    fire.bytes(fire.packet("t=resource rsc_hold=all rtype=full isstable=1 src=venus seq=2 ts=1"));
  }
  fire.seconds(10);
  EXPECT_EQ(fire.alpha().log(),
            (Lines{"ERROR: process_status_message: bad node [mars] in message",
                   "ERROR: process_status_message: bad node [venus] in message"}));
  fire.expect_undisturbed("a foreign cluster");
}

TEST(Hostile, WhatIsSignedWithAnotherKeyNeverReachesTheEngine) {
  UnderFire fire;
  for (std::string_view fields : {"t=status st=active dt=1 protocol=1 src=beta seq=40 hg=9 ts=1",
                                  "t=shutdone st=dead src=beta seq=41 hg=9 ts=1",
                                  "t=NS_rexmit dest=alpha firstseq=1 lastseq=9 src=beta ts=1"})
    fire.bytes(fire.packet(fields, "their secret"));
  fire.seconds(10);
  EXPECT_EQ(fire.refused(), 3);
  EXPECT_EQ(fire.alpha().log(), Lines{});
  fire.expect_undisturbed("a wrong key");
}

TEST(Hostile, TruncatedAndOversizedPacketsNeverReachTheEngine) {
  UnderFire fire;
  const std::string whole = fire.packet("t=status st=up dt=1 protocol=1 src=beta seq=40 hg=9 ts=1");
  const std::size_t end_marker =
      std::string_view("<<<\n").size() + 2;  // not signed, may be missing
  for (std::size_t size = 0; size + end_marker < whole.size(); ++size)
    fire.bytes(whole.substr(0, size));
  std::string fields = "t=status st=up dt=1 protocol=1 src=beta seq=40 hg=9 ts=1 x=";
  fire.bytes(fire.packet(fields + std::string(wire::kMaxPacket, 'x')));
  fire.seconds(10);
  EXPECT_EQ(fire.refused(), static_cast<int>(whole.size() - end_marker) + 1);
  EXPECT_EQ(fire.alpha().log(), Lines{});
  fire.expect_undisturbed("damaged packets");
}

TEST(Hostile, AHundredThousandJunkPacketsInASecondDisturbNobody) {
  UnderFire fire;
  Random random(7);
  const std::string good = fire.packet("t=status st=up dt=1 protocol=1 src=beta seq=40 hg=9 ts=1");
  const std::string nobodys = fire.packet("t=status st=up src=nobody seq=1 hg=1 ts=1");
  for (int i = 0; i < 100'000; ++i) {
    std::string junk = i % 3 == 2 ? nobodys : good;
    if (i % 3 == 0) junk = std::string(random.between(0, 64), static_cast<char>(random.next()));
    if (i % 3 == 1) junk[random.between(4, junk.size() - 8)] ^= 0x40;
    fire.bytes(junk);
    if (i % 10'000 == 0) fire.seconds(1);
  }
  EXPECT_EQ(fire.alpha().log(), (Lines{"ERROR: process_status_message: bad node [nobody] in "
                                       "message"}));
  fire.expect_undisturbed("junk");
}

TEST(Hostile, AThousandInventedNamesAreNotAThousandLines) {
  UnderFire fire;
  for (int i = 0; i < 1000; ++i)
    fire.bytes(fire.packet(fmt::format("t=status st=up src=ghost{} seq=1 hg=1 ts=1", i)));
  EXPECT_LE(fire.alpha().log().size(), 257U) << "the limiter knows 256 sources, then all are one";
  fire.seconds(10);
  fire.expect_undisturbed("invented names");
}

}  // namespace
}  // namespace um::cluster::test
