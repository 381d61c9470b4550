#include "tools/lvs_sync.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace um::tools {
namespace {

using ipvs::SyncRole;

/// The pid of the role's thread, 0 when there is none.
int thread(SyncRole role, std::vector<Thread> threads, bool initial = true) {
  return thread_of(role, threads, initial).value_or(0);
}

TEST(LvsSync, ThreadsOfEveryKernelAreKnown) {
  EXPECT_EQ(thread(SyncRole::kMaster, {{7, "ipvs-m:0:0"}}), 7);
  EXPECT_EQ(thread(SyncRole::kMaster, {{7, "ipvs_master:0"}}), 7);
  EXPECT_EQ(thread(SyncRole::kMaster, {{7, "ipvs_syncmaster"}}), 7);
  EXPECT_EQ(thread(SyncRole::kMaster, {{7, "ipvs syncmaster"}}), 7);
  EXPECT_EQ(thread(SyncRole::kBackup, {{7, "ipvs-b:0:0"}}), 7);
  EXPECT_EQ(thread(SyncRole::kBackup, {{7, "ipvs_syncbackup"}}), 7);
}

TEST(LvsSync, TheFirstOfSeveralThreadsCounts) {
  EXPECT_EQ(thread(SyncRole::kMaster, {{5, "ipvs-m:0:3"}, {6, "ipvs-m:0:0"}, {4, "ipvs-b:0:0"}}),
            6);
}

TEST(LvsSync, ThreadsOfOtherNamespacesAreNotOurs) {
  EXPECT_EQ(thread(SyncRole::kMaster, {{5, "ipvs-m:1:0"}, {6, "ipvs-m:0:0"}}), 6);
  EXPECT_EQ(thread(SyncRole::kMaster, {{5, "ipvs-m:1:0"}}), 0);
  EXPECT_EQ(
      thread(SyncRole::kMaster, {{9, "ipvs-m:2:0"}, {5, "ipvs-m:1:0"}, {3, "ipvs-m:0:0"}}, false),
      5);
}

TEST(LvsSync, OtherProcessesAreNoThreads) {
  EXPECT_EQ(
      thread(SyncRole::kMaster, {{5, "ipvs-m"}, {6, "ipvs-m:"}, {7, "ipvs-m:0"}, {8, "bash"}}), 0);
}

std::string parsed(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
  const SyncCommand command =
      parse_sync_command(std::vector<std::string_view>(words.begin(), words.end()));
  if (!command.complaint.empty())
    return fmt::format("{} ({})", command.complaint, command.exit_code);
  const ipvs::SyncDaemon& d = command.daemon;
  return fmt::format("{} {} {} {} '{}' {} {} {}", static_cast<int>(command.kind), name_of(d.role),
                     d.interface, d.sync_id, d.group, d.port, d.ttl, d.maxlen);
}

TEST(LvsSync, IpvsadmsOptionsAreUnderstood) {
  EXPECT_EQ(parsed("--start-daemon backup"), "1 backup eth0 0 '' 0 0 0");
  EXPECT_EQ(
      parsed("--start-daemon master --mcast-interface=eth1 --syncid=255 --mcast-group=224.0.0.9 "
             "--mcast-port=8849 --mcast-ttl=2 --sync-maxlen=1400"),
      "1 master eth1 255 '224.0.0.9' 8849 2 1400");
  EXPECT_EQ(parsed("--stop-daemon master"), "2 master eth0 0 '' 0 0 0");
  EXPECT_EQ(parsed("daemons"), "0 master  0 '' 0 0 0");
}

TEST(LvsSync, WrongArgumentsHaveIpvsadmsWordsAndCodes) {
  const std::string hint = "Try `ipvsadm -h' or 'ipvsadm --help' for more information. (255)";
  EXPECT_EQ(parsed("--start-daemon foo"), "illegal start-daemon parameter specified (2)");
  EXPECT_EQ(parsed("--start-daemon master --syncid=256"), "illegal syncid specified (2)");
  EXPECT_EQ(parsed("--start-daemon master --syncid=x"), "illegal syncid specified (2)");
  EXPECT_EQ(parsed("--start-daemon master --mcast-ttl=0"), "illegal mcast-ttl specified (2)");
  EXPECT_EQ(parsed("--start-daemon master --mcast-port=65536"), "illegal mcast-port specified (2)");
  EXPECT_EQ(parsed("--start-daemon master --bogus"), hint);
  EXPECT_EQ(parsed("--stop-daemon"), hint);
  EXPECT_EQ(parsed(""), hint);
}

}  // namespace
}  // namespace um::tools
