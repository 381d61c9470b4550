// Every check against every way in which a server is broken: the verdict is down, inside the
// deadline, with a reason; and nothing of a failed check stays behind.

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include "canned_server.hpp"
#include "fault_server.hpp"

namespace um::checks {
namespace {
using namespace std::chrono_literals;
using namespace std::string_literals;
using testing::Fault;
using testing::FaultServer;
using ::testing::HasSubstr;
using ::testing::Not;

struct Kind {
  std::string name;
  std::string service;
  std::string request;
  std::string opening;  // how a right answer begins
  bool udp = false;
};

const std::string kTlsOpening = "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"s;
const std::string kLdapOpening = "\x30\x7f\x02\x01"s;

std::vector<Kind> kinds() {
  return {
      {"connect", "connect", "", ""},
      {"http", "http", "/", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nTest"},
      {"https", "https", "/", kTlsOpening},
      {"http_proxy", "http_proxy", "http://www.example.com/", "HTTP/1.1 200 OK\r\nContent-Le"},
      {"ftp", "ftp", "/file", "220 ready\r\n331 pass"},
      {"smtp", "smtp", "", "220 ready\r\n250-mail\r\n250 O"},
      {"submission", "submission", "", "220-ready\r\n220 st"},
      {"pop", "pop", "", "+OK ready\r\n+OK\r\n+O"},
      {"pops", "pops", "", kTlsOpening},
      {"imap", "imap", "", "* OK ready\r\n* 2 EXISTS\r\n0 OK lo"},
      {"imaps", "imaps", "", kTlsOpening},
      {"nntp", "nntp", "", "200 "},
      {"ldap", "ldap", "/dc=example", kLdapOpening},
      {"ldaps", "ldaps", "/dc=example", kTlsOpening},
      {"dns_tcp", "dns", "/www.example.com", "\x01\x40\x12\x34"s},
      {"dns", "dns", "/www.example.com", "", true},
      {"mysql", "mysql", "/SELECT 1",
       "\x6a\x00\x00\x00\x0a"
       "5.5.5-10.11"s},
      {"pgsql", "pgsql", "/SELECT 1", "NR\x00\x00\x00\x17\x00"s},
      {"oracle", "oracle", "/SELECT 1", "R\x00\x00\x00\x17\x00"s},
      {"radius", "radius", "", "", true},
      {"sip_tcp", "sip", "", "SIP/2.0 200 O"},
      {"sip", "sip", "", "", true},
      {"simpletcp", "simpletcp", "/hello", "hel"},
      {"simpletcp_udp", "simpletcp", "/hello", "", true},
  };
}

Probe probe_of(const Kind& kind, const Target& target) {
  Probe probe;
  probe.target = target;
  probe.check_type = kind.service == "connect" ? "connect" : "negotiate";
  probe.service = kind.service;
  probe.request = kind.request;
  probe.receive = "no server says this";
  probe.udp = kind.udp;
  probe.login = "login";
  probe.password = "password";
  probe.database = "database";
  probe.secret = "secret";
  return probe;
}

/// A directory in which ODBC finds a driver that calls itself Oracle's: the stand-in is
/// PostgreSQL's.
void use_stand_in_for_oracle() {
  static const std::string directory = [] {
    std::string path = (std::filesystem::temp_directory_path() / "um-odbc-XXXXXX").string();
    return std::string(::mkdtemp(path.data()));
  }();
  std::ofstream(directory + "/odbcinst.ini") << "[Oracle stand-in]\nDriver=psqlodbcw.so\n";
  ::setenv("ODBCSYSINI", directory.c_str(), 1);
}

class EveryCheck : public ::testing::TestWithParam<std::tuple<Kind, Fault>> {
 protected:
  void SetUp() override { use_stand_in_for_oracle(); }
};

bool only_the_deadline_ends_it(Fault fault) {
  return fault == Fault::kSwallows || fault == Fault::kSilent || fault == Fault::kTrickles;
}

TEST_P(EveryCheck, IsDownInsideTheDeadlineWithAReason) {
  const auto& [kind, fault] = GetParam();
  const bool quick =
      fault == Fault::kRefuses || fault == Fault::kCloses || fault == Fault::kClosesMidway;
  const auto limit = quick ? std::chrono::milliseconds(20s) : 400ms;
  boost::asio::io_context context;
  FaultServer server(context, fault, kind.opening);
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = testing::run(context, probe_of(kind, server.target()), limit);
  const auto took = std::chrono::steady_clock::now() - begin;
  // A connection is all that `connect` asks for.
  if (kind.service == "connect" && fault != Fault::kRefuses && fault != Fault::kSwallows) {
    EXPECT_TRUE(outcome.up);
    return;
  }
  EXPECT_FALSE(outcome.up) << outcome.reason;
  EXPECT_FALSE(outcome.reason.empty());
  if (only_the_deadline_ends_it(fault)) {
    EXPECT_THAT(outcome.reason, HasSubstr("timed out"));
  }
  if (quick) {
    EXPECT_THAT(outcome.reason, Not(HasSubstr("timed out")));
  }
  EXPECT_LT(took, (quick ? 19s : 10s));
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<Kind, Fault>>& info) {
  static const std::array<std::string, 7> kFaults{
      "ThatRefuses",      "ThatSwallows", "ThatIsSilent",    "ThatCloses",
      "ThatClosesMidway", "ThatTrickles", "ThatTalksGarbage"};
  const auto& [kind, fault] = info.param;
  return kind.name + "_OfAServer" + kFaults.at(static_cast<std::size_t>(fault));
}

std::vector<std::tuple<Kind, Fault>> matrix() {
  std::vector<std::tuple<Kind, Fault>> all;
  for (const Kind& kind : kinds()) {
    for (const Fault fault : {Fault::kRefuses, Fault::kSwallows, Fault::kSilent, Fault::kCloses,
                              Fault::kClosesMidway, Fault::kTrickles, Fault::kGarbage}) {
      const bool has_connections = !kind.udp;
      const bool needs_one = fault == Fault::kSwallows || fault == Fault::kCloses ||
                             fault == Fault::kClosesMidway || fault == Fault::kTrickles;
      if (has_connections || !needs_one) all.emplace_back(kind, fault);
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Faults, EveryCheck, ::testing::ValuesIn(matrix()), name_of);

std::ptrdiff_t open_descriptors() {
  return std::ranges::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                               std::filesystem::directory_iterator());
}

/// All kinds against one fault, at once, `rounds` times.
void fail_often(boost::asio::io_context& context, Fault fault, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    context.restart();
    std::list<FaultServer> servers;
    std::list<Probe> probes;
    std::size_t running = 0;
    for (const Kind& kind : kinds()) {
      FaultServer& server = servers.emplace_back(context, fault, kind.opening);
      Probe& probe = probes.emplace_back(probe_of(kind, server.target()));
      ++running;
      boost::asio::co_spawn(context, run_check_within(probe, 60ms),
                            [&running](std::exception_ptr, const Outcome&) { --running; });
    }
    while (running > 0) context.run_one();
    servers.clear();
    // The servers' ends of the connections notice, and killed children are reaped.
    const auto until = std::chrono::steady_clock::now() + 30ms;
    while (std::chrono::steady_clock::now() < until) context.run_one_for(5ms);
  }
}

class Leftovers : public ::testing::TestWithParam<Fault> {};

TEST_P(Leftovers, OfFailingChecksAreNone) {
  use_stand_in_for_oracle();
  boost::asio::io_context context;
  fail_often(context, GetParam(), 3);  // libraries are loaded, pools are filled
  const auto descriptors = open_descriptors();
  const auto heap = static_cast<double>(mallinfo2().uordblks);
  constexpr int kRounds = 12;
  fail_often(context, GetParam(), kRounds);
  for (int i = 0; i < 100 && open_descriptors() > descriptors; ++i) {
    context.restart();
    context.run_for(50ms);
  }
  EXPECT_LE(open_descriptors(), descriptors);
  // The pools of Asio and of malloc breathe by some KiB; one TLS session left behind in each round
  // is more than this.
  EXPECT_LT(static_cast<double>(mallinfo2().uordblks) - heap, 64.0 * 1024);
}

INSTANTIATE_TEST_SUITE_P(Faults, Leftovers,
                         ::testing::Values(Fault::kRefuses, Fault::kSwallows, Fault::kSilent,
                                           Fault::kCloses, Fault::kClosesMidway, Fault::kTrickles,
                                           Fault::kGarbage));

}  // namespace
}  // namespace um::checks
