// The annotated transcripts of the wire spec's section 10, with our engine in the place of one
// node.
//
// What the real 3.0.6 daemon sent is heard at the time it was on the wire; ours must say the same
// things in the same order (its reactions come up to 0.5 s earlier: the old daemon polls), and log
// what the old one logged.
#include <map>

#include <gtest/gtest.h>

#include "tests/unit/cluster/node.hpp"

namespace um::cluster::test {
namespace {

/// Lets `ours` hear all lines of `peer` at their times. Lines as in the spec; generation `hg`.
void replay(Node& ours, std::string_view peer, int hg, std::string_view transcript) {
  const TimePoint begin = ours.now().monotonic;
  std::istringstream lines{std::string(transcript)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    double seconds = 0;
    std::string sender, fields;
    if (!(words >> seconds >> sender)) continue;
    std::getline(words, fields);
    if (sender != peer) continue;
    const TimePoint at = begin + Duration(static_cast<std::int64_t>(seconds * 1e9));
    ours.advance(at - ours.now().monotonic);
    ours.hear(fmt::format("{} {} hg={:x}", sender, fields, hg));
  }
}

Config node(std::string name) {
  Config config = two_nodes();
  config.node = std::move(name);
  return config;
}

/// Messages without their numbers and without acknowledgements, whose times are ours.
Lines gist(const Lines& sent) {
  Lines lines;
  for (const std::string& line : sent) {
    if (line.starts_with("t=NS_ackmsg")) continue;
    lines.push_back(line.substr(0, line.rfind(" seq=")));
  }
  return lines;
}

Lines without_repeats(Lines lines) {
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

TEST(Transcript, ColdStartOfBothNodes) {  // 10.1
  Node alpha(node("alpha"));
  alpha.start();
  replay(alpha, "beta", 1, R"(
   0.066 beta  t=status st=init dt=1f40 seq=1
   0.066 beta  t=status st=up dt=1f40 seq=2
   0.066 beta  t=status st=up dt=1f40 seq=3
   0.567 beta  dest=alpha t=repnodes nodelist="alpha beta " delnodelist=" " seq=4
   0.567 beta  t=reqnodes dest=alpha seq=5
   1.068 beta  t=status st=up dt=1f40 seq=6
   1.069 beta  t=status st=active dt=1f40 seq=7
   1.069 beta  t=starting seq=8
   2.071 beta  t=NS_ackmsg dest=beta ackseq=9
   2.071 beta  t=status st=active dt=1f40 seq=9
   3.072 beta  t=status st=active dt=1f40 seq=a
)");
  EXPECT_EQ(gist(alpha.sent()),
            (Lines{
                "t=status st=init dt=1f40",
                "t=status st=up dt=1f40",
                "t=status st=up dt=1f40",
                "t=reqnodes dest=beta",
                "t=status st=active dt=1f40",
                "dest=beta t=repnodes nodelist=\"alpha beta \" delnodelist=\" \"",
                "t=status st=active dt=1f40",
                "t=status st=active dt=1f40",
                "t=status st=active dt=1f40",
            }));
  EXPECT_EQ(alpha.log(), (Lines{
                             "info: Local status now set to: 'up'",
                             "info: Link beta:eth0 up.",
                             "info: Status update for node beta: status up",
                             "info: Comm_now_up(): updating status to active",
                             "info: Local status now set to: 'active'",
                             "info: Status update for node beta: status active",
                         }));
}

TEST(Transcript, GracefulStopOfThePeer) {  // 10.2
  Node beta(node("beta"));
  beta.start();
  beta.hear("alpha t=status st=active dt=1770 seq=24");
  beta.hear("alpha dest=beta t=repnodes nodelist=\"alpha beta \" delnodelist=\" \" seq=25");
  beta.forget();
  replay(beta, "alpha", 1, R"(
   0.039 alpha t=status st=active dt=1770 seq=26
   0.144 alpha t=NS_ackmsg dest=alpha ackseq=27
   0.144 alpha t=status st=active dt=1770 seq=27
   0.145 alpha t=resource rsc_hold=none rtype=full isstable=0 info=shutdown seq=28
   0.465 alpha t=shutdone st=dead seq=29
   1.035 alpha t=status st=active dt=1770 seq=2a
   1.457 alpha t=status st=active dt=1770 seq=2b
   1.457 alpha t=status st=active dt=1770 seq=2c
   2.042 alpha t=status st=active dt=1770 seq=2d
)");
  EXPECT_EQ(beta.log(), Lines{});
  EXPECT_TRUE(contains(beta.delivered(), "t=shutdone st=dead seq=29"));
  beta.advance(6s);
  EXPECT_EQ(beta.log(), Lines{}) << "deadtime counts from the last packet";
  beta.advance(1ms);
  EXPECT_EQ(beta.log(), (Lines{"WARN: node alpha: is dead", "info: Link alpha:eth0 dead."}));
}

TEST(Transcript, RejoinWithAHigherGeneration) {  // 10.3
  Node beta(node("beta"));
  beta.start();
  beta.hear("alpha t=status st=active dt=1770 seq=2d");
  beta.advance(8s);
  ASSERT_EQ(beta.status("alpha"), "dead");
  beta.forget();
  replay(beta, "alpha", 2, R"(
   0.106 alpha t=status st=init dt=1f40 seq=1
   0.106 alpha t=status st=up dt=1f40 seq=2
   0.106 alpha t=status st=up dt=1f40 seq=3
   1.114 alpha t=status st=up dt=1f40 seq=4
   1.115 alpha t=reqnodes dest=beta seq=5
   1.621 alpha t=status st=active dt=1f40 seq=6
   1.621 alpha t=starting seq=7
   2.118 alpha t=status st=active dt=1f40 seq=8
)");
  EXPECT_EQ(beta.log(), (Lines{
                            "info: Heartbeat restart on node alpha",
                            "info: Link alpha:eth0 up.",
                            "info: Status update for node alpha: status init",
                            "info: Status update for node alpha: status up",
                            "info: Status update for node alpha: status active",
                        }));
  const Lines sent = gist(beta.sent());
  EXPECT_EQ(count(sent, "dest=alpha t=repnodes nodelist=\"alpha beta \" delnodelist=\" \""), 1U);
  EXPECT_TRUE(contains(beta.delivered(), "t=starting seq=7"));
}

TEST(Transcript, CrashOfThePeer) {  // 10.4
  Node beta(node("beta"));
  beta.start();
  beta.hear("alpha t=status st=active dt=1770 seq=1");
  beta.hear("alpha dest=beta t=repnodes nodelist=\"alpha beta \" delnodelist=\" \" seq=2");
  beta.forget();
  beta.advance(6s);
  EXPECT_EQ(beta.log(), Lines{}) << "nothing but silence";
  beta.advance(1ms);
  EXPECT_EQ(beta.log(), (Lines{"WARN: node alpha: is dead", "info: Link alpha:eth0 dead."}));
}

TEST(Transcript, LostPacketsAndTheirRetransmission) {  // 10.5
  Node beta(node("beta"));
  beta.start();
  beta.hear("alpha t=status st=active dt=1770 seq=24");
  beta.advance(1031ms);
  beta.hear("alpha t=status st=active dt=1770 seq=25");
  beta.advance(4s);  // 26, 27, 28 are lost on the way
  beta.forget();
  beta.hear("alpha t=status st=active dt=1770 seq=29");
  EXPECT_EQ(beta.log(), (Lines{"WARN: 3 lost packet(s) for [alpha] [37:41]",
                               "WARN: Late heartbeat: Node alpha: interval 4000 ms"}));
  beta.advance(250ms);
  Lines requests = beta.sent("NS_rexmit");
  std::ranges::sort(requests);
  EXPECT_EQ(without_repeats(requests), (Lines{
                                           "t=NS_rexmit dest=alpha firstseq=38 lastseq=38",
                                           "t=NS_rexmit dest=alpha firstseq=39 lastseq=39",
                                           "t=NS_rexmit dest=alpha firstseq=40 lastseq=40",
                                       }));
  replay(beta, "alpha", 1, R"(
   0.001 alpha t=status st=active dt=1770 seq=27
   0.001 alpha t=status st=active dt=1770 seq=26
   0.001 alpha t=status st=active dt=1770 seq=28
)");
  EXPECT_EQ(beta.log(), (Lines{"info: No pkts missing from alpha!"}));
}

TEST(Transcript, PartitionLongerThanDeadtimeHeals) {  // 10.6
  Node alpha(node("alpha"));
  join(alpha);
  std::uint64_t seq = keep_alive(alpha, 4, 10);
  alpha.advance(10s);
  ASSERT_EQ(alpha.status("beta"), "dead");
  alpha.forget();
  ASSERT_LT(seq, 0xa6U);
  replay(alpha, "beta", 1, R"(
   0.882 beta  t=status st=active dt=1770 seq=a6
   1.423 beta  t=status st=active dt=1770 seq=a7
   1.423 beta  t=stonith node=alpha result=unneeded seq=a8
   1.881 beta  t=NS_ackmsg dest=beta ackseq=a9
   1.881 beta  t=status st=active dt=1770 seq=a9
   2.881 beta  t=status st=active dt=1770 seq=aa
   3.422 beta  t=NS_ackmsg dest=alpha ackseq=1a
   3.501 beta  t=resource rsc_hold=all rtype=full isstable=1 info=req_our_resources() seq=ab
   3.544 beta  t=resource rsc_hold=none rtype=full isstable=0 info=shutdown seq=ad
   3.670 beta  t=shutdone st=dead seq=ae
   3.880 beta  t=status st=active dt=1770 seq=af
   4.671 beta  t=status st=active dt=1770 seq=b0
   4.671 beta  t=status st=active dt=8ca0 seq=b1
   4.671 beta  t=status st=active dt=8ca0 seq=b2
   4.882 beta  t=status st=active dt=8ca0 seq=b3
)");
  const Lines log = alpha.log();
  ASSERT_GE(log.size(), 8U);
  EXPECT_EQ(log[0], "CRIT: Cluster node beta returning after partition.");
  EXPECT_EQ(log[5], "info: Link beta:eth0 up.");
  EXPECT_EQ(log[6], "CRIT: Late heartbeat: Node beta: interval 10882 ms (> deadtime)");
  EXPECT_EQ(log[7], "info: Status update for node beta: status active");
  alpha.advance(36s);
  EXPECT_EQ(alpha.status("beta"), "active") << "dt=8ca0: it said that it would be away for 36 s";
  alpha.advance(1ms);
  EXPECT_EQ(alpha.status("beta"), "dead");
}

TEST(Transcript, APeerThatSkipsANumberIsAskedAndAnswers) {  // 10.7
  Node alpha(node("alpha"));
  alpha.start();
  alpha.hear("beta t=status st=init dt=1770 seq=1");
  EXPECT_EQ(gist(alpha.sent()).back(), "t=reqnodes dest=beta");
  alpha.hear("beta dest=alpha t=repnodes nodelist=\"alpha beta \" delnodelist=\" \" seq=2");
  for (int seq = 3; seq < 10; ++seq)
    alpha.hear(fmt::format("beta t=status st=up dt=1770 seq={:x}", seq));
  alpha.forget();
  alpha.hear("beta t=status st=up dt=1770 seq=b");
  alpha.advance(250ms);
  EXPECT_EQ(alpha.sent("NS_rexmit").front(), "t=NS_rexmit dest=beta firstseq=10 lastseq=10");
  alpha.hear("beta t=status st=up dt=1770 seq=a");
  EXPECT_TRUE(contains(alpha.log(), "info: No pkts missing from beta!"));
}

}  // namespace
}  // namespace um::cluster::test
