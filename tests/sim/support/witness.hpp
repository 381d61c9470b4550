// witness.hpp - what must hold in a cluster, judged from what was sent, delivered and said.
//
// witness.cpp keeps the record, witness_rules.cpp judges it.
//
// It keeps its own record: which packets were handed to which process and when, what each process
// told its clients and its log. It never looks into an engine. The rules, by name:
//   false death    nobody is declared dead while status packets of it arrive in time
//   late death     a silent node is declared dead within the dt it last announced (as W4 clamps
//   it),
//                  one tick, and one keepalive after an own pause
//   link           the same for links, both ways
//   twice          no message is delivered twice; own packets leave in the order of their numbers
//   order          joins and leaves of clients (hbapi-clstat) are delivered in order
//   lost           what a node sent while it was a member of another's view arrives there
//   resent         a retransmitted packet equals the original, and not too soon again
//   ack            a node acknowledges only what it has wholly, and does not fall behind with it
//   pace           requests for retransmission keep the pace and the limit of W12
//   rhythm         a running node sends a status every keepalive, with the right dt (W5)
//   joining        communication is up not before every normal node is known, and soon after; once
//   leaving        two statuses a second after shutdone, the end a second after that
//   stranger       a node that is not of the cluster is not listened to, and costs a line a minute
//   words          restart, return and late heartbeats are logged when they happen, only then
//   agreement      in the end every component agrees on its members
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/events.hpp"
#include "tests/sim/support/packet.hpp"
#include "tests/sim/support/scenario.hpp"

namespace um::sim {

class Witness {
 public:
  explicit Witness(const Scenario& scenario);

  void started(int node, std::uint64_t generation, TimePoint now);
  void gone(int node);
  void paused(int node) { nodes_[node].paused = true; }
  void resumed(int node, TimePoint now);
  void slow(int node, Duration most);

  void sent(int node, const PacketPtr& packet, TimePoint now);
  /// A packet of a node that is not of the cluster is about to be handed to the engine.
  void hears_stranger(int node, TimePoint now);
  /// The packet is about to be handed to the engine.
  void hears(int node, int medium, const PacketPtr& packet, TimePoint now);
  void action(int node, const cluster::Action& action, TimePoint now);
  /// The engine has said all that it had to say about one event.
  void handled(int node, TimePoint now);
  /// Time passes: called several times per second.
  void look(TimePoint now);
  void at_end(TimePoint now);

  const std::string& failure() const { return failure_; }

 private:
  static constexpr Duration kTick = std::chrono::milliseconds(250);
  static constexpr Duration kStartPeriod = std::chrono::seconds(5);
  static constexpr Duration kStartMargin = std::chrono::seconds(2);
  static constexpr Duration kAnswerTime = std::chrono::seconds(1);
  static constexpr Duration kLeavingStep = std::chrono::seconds(1);
  static constexpr Duration kShortestWait = std::chrono::milliseconds(50);

  static std::int64_t to_ms(Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  }

  /// One node as another knows it.
  struct Seen {
    std::string status = "init";  // as told to the clients
    bool heard = false;
    std::uint64_t generation = 0;
    std::optional<TimePoint> alive_at;  // last status that counts
    std::uint64_t status_number = 0;
    std::uint64_t newest = 0;
    std::uint64_t member_from = 0;  // first number since it was introduced; 0: it is not
    std::optional<Duration> asked;
    std::vector<bool> delivered;
    std::uint64_t last_clstat = 0;
    std::uint64_t acked = 0;  // by this node, of that node's numbers
    std::uint64_t contiguous = 0;
    std::uint64_t early_generation = 0;
    std::uint64_t early_from = 0;  // lowest number heard before the status that introduced it
    std::map<std::uint64_t, TimePoint> missed_at;  // by number: when a higher one came instead
    std::map<std::uint64_t, TimePoint> requested;
    std::vector<TimePoint> requests;
    std::array<std::optional<TimePoint>, 4> link_heard;  // anything that may refresh the link
    std::array<std::optional<TimePoint>, 4> link_sure;   // what must refresh it
    std::array<bool, 4> link_up{};
    // what the log must say before this event is over
    std::vector<std::string> expected;
    std::vector<std::string> said;
  };
  struct Member {
    bool running = false;
    bool paused = false;
    bool active = false;
    bool answered = false;  // with a list of nodes
    std::optional<TimePoint> asked_nodes;
    int asked_node = -1;
    std::optional<TimePoint> left_at;  // own shutdone
    int statuses_since_leaving = 0;
    int statuses_now = 0;  // in this event
    Duration asks_for{};   // the deadtime in its last status
    std::map<std::uint64_t, TimePoint> resent;
    std::map<std::string, TimePoint> complained;  // about strangers
    std::uint64_t generation = 0;
    TimePoint started{};
    TimePoint last_event{};
    TimePoint judge_from{};
    Duration slow{};
    std::optional<TimePoint> everybody_known;
    std::optional<TimePoint> last_status;
    std::uint64_t last_number = 0;
    std::vector<PacketPtr> sent;  // by number - 1
    std::vector<int> declared;    // dead, in this event
    std::vector<std::pair<int, int>> links_declared;
    std::vector<Seen> seen;  // of node i; the last one is the ping node
  };

  void fail(int node, std::string_view rule, const std::string& why);
  int index_of(std::string_view name) const;
  bool is_ping(int node) const { return node == scenario_.nodes; }
  Duration limit(const Member& member, int other) const;
  TimePoint silent_since(const Member& member, int other) const;
  Duration slack(const Member& member) const;

  void hears_status(int node, const PacketPtr& packet, TimePoint now);
  void expect_words(int node, const Packet& packet, TimePoint now);
  void delivered(int node, const cluster::DeliverLocal& delivery);
  void delivered_message(int node, const wire::Message& message, bool for_us);
  void delivered_status(int node, const wire::Message& message);
  void delivered_link(int node, const wire::Message& message);
  void said(int node, const std::string& line, TimePoint now);
  void sent_status(int node, const Packet& packet, TimePoint now);
  void sent_again(int node, const Packet& packet, TimePoint now);
  void sent_node_request(int node, const wire::Message& message, TimePoint now);
  void ended(int node, TimePoint now);
  std::vector<int> askable(int node) const;
  void sent_ack(int node, const wire::Message& message);
  void sent_request(int node, const wire::Message& message, TimePoint now);
  void advance_contiguous(Seen& seen) const;
  static void note_early(Seen& seen, const Packet& packet);
  static void note_newest(Seen& seen, std::uint64_t number, TimePoint now);

  void judge_deaths(int node, TimePoint now);
  void judge_links(int node, TimePoint now);
  void judge_words(int node);
  void judge_live_links(int node, TimePoint now);
  void judge_acks(int node);
  void note_event(Member& member, TimePoint now) const;
  void note_everybody_known(int node, TimePoint now);
  void look_at(int node, TimePoint now);
  void judge_end(int node);
  bool same_side(int a, int b) const;

  Scenario scenario_;
  std::vector<Member> nodes_;
  std::string failure_;
};

}  // namespace um::sim
