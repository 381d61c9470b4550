// world.hpp - a whole cluster of real engines in virtual time.
//
// Carries out a Scenario step by step: delivers packets, wakes engines when they asked for it,
// crashes, pauses and restarts them. Every fact goes to the Witness, which knows nothing of the
// engines' insides and says what is wrong. Deterministic: same scenario, same run, same trace.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "cluster/engine.hpp"
#include "tests/sim/support/network.hpp"
#include "tests/sim/support/packet.hpp"
#include "tests/sim/support/scenario.hpp"
#include "tests/sim/support/witness.hpp"

namespace um::sim {

class World;

/// What a test adds to the world: resources, more checks. Every function may be left as it is.
class Hook {
 public:
  virtual ~Hook() = default;
  /// Before an engine of `node` is made.
  virtual void configure(int /*node*/, cluster::Config& /*config*/) {}
  virtual void started(World& /*world*/, int /*node*/) {}
  /// The engine's process is gone: crashed, or ended as it wanted.
  virtual void gone(World& /*world*/, int /*node*/, bool /*crashed*/) {}
  /// A job was asked for. The default ends it with 0 after 10 ms.
  virtual void job(World& world, int node, const cluster::StartJob& job);
  /// Any other action, after the world has acted on it.
  virtual void action(World& /*world*/, int /*node*/, const cluster::Action& /*action*/) {}
  /// After every event that reached an engine.
  virtual void check(World& /*world*/) {}
  virtual void at_end(World& /*world*/) {}
};

class World {
 public:
  World(Scenario scenario, Hook& hook, bool trace);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Runs to the end or to the first violation. Empty: nothing was wrong.
  std::string run();
  const std::deque<std::string>& trace() const { return trace_; }

  // ---- for hooks
  const Scenario& scenario() const { return scenario_; }
  TimePoint now() const { return now_; }
  bool running(int node) const { return nodes_[node].engine != nullptr; }
  cluster::Engine& engine(int node) { return *nodes_[node].engine; }
  const Network& network() const { return network_; }
  cluster::Random& random() { return random_; }
  /// Calls `what` after `delay`, unless the node's process has ended by then.
  void later(int node, Duration delay, std::function<void()> what);
  void handle(int node, const cluster::Event& event);
  void start(int node);
  void crash(int node);
  void fail(const std::string& why);
  void note(int node, const std::string& what);
  /// The last line of the run so far.
  std::size_t events_handled() const { return events_handled_; }

 private:
  struct Node {
    std::unique_ptr<cluster::Engine> engine;
    std::uint64_t generation = 0;
    std::uint64_t life = 0;  // counts starts and ends: what was meant for another life is void
    std::int64_t wall_offset = 0;
    Duration slow{};
    std::optional<TimePoint> paused_until;
    std::vector<std::pair<PacketPtr, int>> socket;  // packets that wait for a paused process
    std::optional<TimePoint> wake_at;
  };
  struct Arrival {
    int node = 0;
    int medium = 0;
    PacketPtr packet;
  };
  struct Wake {
    int node = 0;
  };
  struct Resume {
    int node = 0;
  };
  struct Call {
    int node = 0;
    std::function<void()> what;
  };
  struct StepDue {
    std::size_t index = 0;
  };
  struct FirstStart {
    int node = 0;
  };
  struct Calm {};
  struct Look {};
  using Happening = std::variant<Arrival, Wake, Resume, Call, StepDue, FirstStart, Calm, Look>;
  struct Entry {
    TimePoint at;
    std::uint64_t order;
    std::uint64_t life;
    std::shared_ptr<Happening> what;
    bool operator>(const Entry& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  void schedule(TimePoint at, Happening what, std::uint64_t life = 0);
  void count(TimePoint at);
  void ask_witness();
  void happen(const Entry& entry);
  void apply(const Step& step);
  void calm();
  bool worth_a_line(int node, const Packet& packet) const;
  void arrive(int node, int medium, const PacketPtr& packet);
  void wake(int node);
  void schedule_wake(int node);
  void resume(int node);
  void act(int node, cluster::Action& action);
  void transmit(int node, const wire::Message& message);
  void transmit_on(int node, int medium, const PacketPtr& packet);
  void ping(int node);
  void replay(const Step& step);
  void stranger(const Step& step);
  void talk(int node, std::int64_t messages);
  void end_process(int node, bool crashed);
  cluster::Config config_of(int node) const;
  Now clock_of(int node) const;
  Duration lateness(int node);
  bool pings(int medium) const { return medium == scenario_.media; }

  Scenario scenario_;
  Hook& hook_;
  Network network_;
  Witness witness_;
  cluster::Random random_;
  TimePoint now_;
  std::vector<Node> nodes_;
  bool ping_alive_ = true;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
  std::uint64_t order_ = 0;
  std::vector<PacketPtr> overheard_;  // for replays
  std::string failure_;
  bool tracing_;
  std::deque<std::string> trace_;
  std::size_t events_handled_ = 0;
  std::size_t happened_ = 0;  // in this second
};

}  // namespace um::sim
