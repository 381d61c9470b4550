#include "ipvs/plan.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "tests/unit/ipvs/memory_kernel.hpp"
#include "tests/unit/ipvs/tables.hpp"

namespace um::ipvs {
namespace {

std::string planned(std::string_view current, std::string_view desired) {
  const Table from = table_from(current), to = table_from(desired);
  Scope scope = scope_of(from);
  scope.merge(scope_of(to));
  return commands(plan(from, to, scope));
}

TEST(Plan, WritesNothingForAnEqualTable) {
  const std::string table =
      "-A -t 10.0.0.1:80 -s rr -p 600\n"
      "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1 -x 5\n";
  EXPECT_EQ(planned(table, table), "");
}

TEST(Plan, BuildsAServiceBeforeItsRealServers) {
  EXPECT_EQ(planned("",
                    "-A -t 10.0.0.1:80 -s rr\n"
                    "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 3 -x 7\n"),
            "-A -t 10.0.0.1:80 -s rr\n"
            "-a -t 10.0.0.1:80 -x 7 -y 0 -r 10.1.0.1:80 -m -w 3\n");
}

TEST(Plan, TakesTheFallbackOutAfterTheRealServerIsIn) {
  EXPECT_EQ(planned("-A -t 10.0.0.1:80 -s rr\n"
                    "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n"
                    "-a -t 10.0.0.1:80 -r 127.0.0.1:80 -g -w 1\n",
                    "-A -t 10.0.0.1:80 -s rr\n"
                    "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n"),
            "-e -t 10.0.0.1:80 -x 0 -y 0 -r 10.1.0.1:80 -g -w 1\n"
            "-d -t 10.0.0.1:80 -r 127.0.0.1:80\n");
}

TEST(Plan, PutsTheFallbackInBeforeTheLastServerIsQuiesced) {
  EXPECT_EQ(planned("-A -t 10.0.0.1:80 -s rr\n"
                    "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1\n",
                    "-A -t 10.0.0.1:80 -s rr\n"
                    "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n"
                    "-a -t 10.0.0.1:80 -r 127.0.0.1:80 -g -w 1\n"),
            "-a -t 10.0.0.1:80 -x 0 -y 0 -r 127.0.0.1:80 -g -w 1\n"
            "-e -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0\n");
}

TEST(Plan, MovesAPortByAddingTheNewEntryFirst) {
  EXPECT_EQ(planned("-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1\n",
                    "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.1.0.1:8080 -m -w 1\n"),
            "-a -t 10.0.0.1:80 -x 0 -y 0 -r 10.1.0.1:8080 -m -w 1\n"
            "-d -t 10.0.0.1:80 -r 10.1.0.1:80\n");
}

TEST(Plan, EditsAServiceInPlaceAndLeavesItsRealServersAlone) {
  EXPECT_EQ(planned("-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1\n",
                    "-A -t 10.0.0.1:80 -s wlc -p 120\n-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1\n"),
            "-E -t 10.0.0.1:80 -s wlc -p 120\n");
}

TEST(Plan, NeverTouchesAServiceOutsideItsScope) {
  const Table foreign = table_from("-A -t 10.0.0.99:99 -s rr\n-A -f 3 -s wrr\n");
  const Table desired = table_from("-A -t 10.0.0.1:80 -s rr\n");
  EXPECT_EQ(commands(plan(foreign, desired, scope_of(desired))), "-A -t 10.0.0.1:80 -s rr\n");
}

TEST(Plan, DeletesAServiceThatIsNoLongerWanted) {
  EXPECT_EQ(planned("-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1\n", ""),
            "-D -t 10.0.0.1:80\n");
}

TEST(Plan, TellsAnIpv6MarkFromTheSameIpv4Mark) {
  EXPECT_EQ(planned("-A -f 7 -s wrr\n", "-A -f 7 -s wrr\n-A -f 7 -6 -s wrr\n"),
            "-A -f 7 -6 -s wrr\n");
}

// ---- properties over random tables
// ---------------------------------------------------------------

Table random_table(std::mt19937& random) {
  auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); };
  Table table;
  for (std::uint32_t s = 0; s < 3; ++s) {
    if (below(4) == 0) continue;
    Service& service = table[op_from("-A -t 10.0.0." + std::to_string(s + 1) + ":80").service];
    service.settings.scheduler = below(2) == 0 ? "rr" : "wlc";
    for (std::uint32_t r = 0; r < 5; ++r)
      if (below(3) != 0)
        service.reals[detail::endpoint("10.1.0." + std::to_string(r + 1) + ":80")] = {
            below(2) == 0 ? Forward::kMasq : Forward::kGate, below(4), below(2), 0};
  }
  return table;
}

std::uint32_t capacity(const Table& table, const ServiceKey& key) {
  std::uint32_t sum = 0;
  if (auto found = table.find(key); found != table.end())
    for (const auto& [at, real] : found->second.reals) sum += real.weight;
  return sum;
}

TEST(Plan, LeadsFromAnyTableToAnyOtherWithoutADipInCapacity) {
  std::mt19937 random(20050401);
  for (int round = 0; round < 2000; ++round) {
    Table now = random_table(random);
    const Table to = random_table(random);
    Scope scope = scope_of(now);
    scope.merge(scope_of(to));
    const Table from = now;
    for (const Op& op : plan(from, to, scope)) {
      carry_out(now, op);
      for (const ServiceKey& key : scope)
        ASSERT_GE(capacity(now, key), std::min(capacity(from, key), capacity(to, key)))
            << command_text(op) << "\nfrom\n"
            << dump(from) << "to\n"
            << dump(to);
    }
    ASSERT_EQ(dump(now), dump(to));
  }
}

TEST(Plan, IsAcceptedStepByStepByTheKernel) {
  std::mt19937 random(42);
  for (int round = 0; round < 500; ++round) {
    MemoryKernel kernel;
    for (auto& [key, service] : random_table(random)) {
      kernel.table[key].settings = service.settings;
      for (const auto& [at, real] : service.reals) kernel.table[key].reals[at] = real;
    }
    const Table to = random_table(random);
    Scope scope = scope_of(kernel.table);
    scope.merge(scope_of(to));
    for (const Error& error : kernel.apply(plan(kernel.table, to, scope)))
      ASSERT_EQ(error.code, 0) << error.message;
    ASSERT_EQ(dump(kernel.table), dump(to));
  }
}

}  // namespace
}  // namespace um::ipvs
