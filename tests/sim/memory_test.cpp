// Whatever the peers send, an engine's memory stays bounded.
//
// This program counts every byte that is allocated and not yet freed.
#include <atomic>
#include <cstdlib>
#include <new>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include "cluster/engine.hpp"
#include "cluster/random.hpp"

namespace {
std::atomic<std::int64_t> live_bytes{0};
}

void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (!memory) throw std::bad_alloc();
  live_bytes += static_cast<std::int64_t>(malloc_usable_size(memory));
  return memory;
}
void operator delete(void* memory) noexcept {
  live_bytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

namespace um::cluster {
namespace {

using namespace std::chrono_literals;

// 500 messages of history, 100 nodes and their gaps, 256 sources of trouble: well below this.
constexpr std::int64_t kLimit = 4 << 20;

Config busy_cluster() {
  Config config;
  config.node = "n0";
  config.generation = 5;
  for (int i = 0; i < 8; ++i) config.nodes.push_back({fmt::format("n{}", i), NodeKind::kNormal});
  config.media = {{"eth0", ""}};
  config.manage_resources = false;
  config.times = {1000ms, 5000ms, 2000ms, 5000ms, 5000ms, 250ms};
  return config;
}

class Hostile {
 public:
  Hostile() { engine_.handle(Started{}, now_); }

  /// The most bytes that were in use at any time while `count` such messages came.
  template <class Make>
  std::int64_t most_bytes(int count, Make make) {
    const std::int64_t before = live_bytes;
    std::int64_t most = 0;
    for (int i = 0; i < count; ++i) {
      engine_.handle(PacketReceived{0, make(i)}, now_);
      most = std::max(most, live_bytes - before);
      now_.monotonic += 1ms;
      if (engine_.next_deadline() <= now_.monotonic) engine_.handle(Tick{}, now_);
    }
    return most;
  }

  /// The same, from n1 after its first status has made it a member.
  template <class Make>
  std::int64_t most_bytes_of_member(int count, Make make) {
    return most_bytes(count, [&](int i) {
      return i == 0 ? wire::Message(packet("status", 1, 1).set("st", "active")) : make(i);
    });
  }

  static wire::Message packet(std::string_view type, int from, std::uint64_t number) {
    wire::Message message(type);
    message.set("src", fmt::format("n{}", from)).set("hg", "1").set("ts", "1");
    return message.set_hex("seq", number);
  }
  Engine& engine() { return engine_; }
  Random& random() { return random_; }

 private:
  Engine engine_{busy_cluster()};
  Now now_{TimePoint{1h}, 1'795'332'000};
  Random random_{1};
};

TEST(Memory, OfAPeerThatLosesEverySecondPacket) {
  Hostile world;
  EXPECT_LT(world.most_bytes(50'000,
                             [](int i) {
                               auto message = Hostile::packet("status", 1, 2 * i + 1);
                               return message.set("st", "active").set("dt", "1388");
                             }),
            kLimit);
}

TEST(Memory, OfJoinsAndLeavesHeldBackByAGapThatNeverCloses) {
  Hostile world;
  EXPECT_LT(
      world.most_bytes(50'000,
                       [](int i) {
                         auto message = Hostile::packet(i % 9 ? "hbapi-clstat" : "status", 1,
                                                        i < 2 ? i + 1 : i + 2);
                         return message.set("st", "active").set("text", std::string(100, 'x'));
                       }),
      kLimit);
}

TEST(Memory, OfNamesThatNobodyHas) {
  Hostile world;
  EXPECT_LT(world.most_bytes(50'000,
                             [](int i) {
                               auto message = Hostile::packet("status", 1, 1);
                               return message.set("src", fmt::format("stranger-{}", i));
                             }),
            kLimit);
}

TEST(Memory, OfNodesAddedAndDeletedForEver) {
  Hostile world;
  EXPECT_LT(world.most_bytes_of_member(20'000,
                                       [](int i) {
                                         return Hostile::packet(i % 2 ? "addnode" : "delnode", 1,
                                                                i + 1)
                                             .set("nodelist", fmt::format("new{} ", i / 2));
                                       }),
            kLimit);
  EXPECT_LE(world.engine().cluster().nodes().size(), 100U);
}

TEST(Memory, OfRequestsForEverythingEverSent) {
  Hostile world;
  EXPECT_LT(world.most_bytes_of_member(20'000,
                                       [](int) {
                                         return Hostile::packet("NS_rexmit", 1, 0)
                                             .set("dest", "n0")
                                             .set("firstseq", "1")
                                             .set("lastseq", "18446744073709551615");
                                       }),
            kLimit);
}

TEST(Memory, OfNoise) {
  Hostile world;
  EXPECT_LT(world.most_bytes(100'000,
                             [&](int) {
                               static constexpr std::string_view kTypes[] = {
                                   "status", "chat", "hbapi-clstat", "repnodes", "NS_ackmsg"};
                               auto& random = world.random();
                               auto message = Hostile::packet(
                                   kTypes[random.between(0, 4)],
                                   static_cast<int>(random.between(1, 7)), random.between(1, 2000));
                               message.set("st", "active").set_hex("hg", random.between(1, 3));
                               return message.set("nodelist", "a b c d e f");
                             }),
            kLimit);
}

}  // namespace
}  // namespace um::cluster
