#include "heartbeat/state_files.hpp"

#include <sys/stat.h>

#include "temporary.hpp"

namespace um::heartbeat {
namespace {

using StateFiles = Temporary;

std::string texts(const std::vector<StateLine>& lines) {
  std::string out;
  for (const StateLine& line : lines)
    out += std::string(word_of(line.level)) + ": " + line.text + "\n";
  return out;
}

TEST_F(StateFiles, TheNextGenerationIsOnDiskInSixteenBytes) {
  write("hb_generation", "     1795332013\n");
  const auto next = next_generation(path("hb_generation"), 5);
  EXPECT_EQ(next.value, 1795332014u);
  EXPECT_EQ(read("hb_generation"), "     1795332014\n");
  EXPECT_EQ(texts(next.lines), "info: Heartbeat generation: 1795332014\n");
}

TEST_F(StateFiles, AMissingGenerationStartsAboveEverythingThePeersCanRemember) {
  const auto next = next_generation(path("hb_generation"), 1795332013);
  EXPECT_EQ(next.value, 1795332014u);
  EXPECT_EQ(texts(next.lines),
            "WARN: No Previous generation - starting at 1795332014\n"
            "info: Heartbeat generation: 1795332014\n");
  struct stat state {};
  ASSERT_EQ(::stat(path("hb_generation").c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0644u);
}

TEST_F(StateFiles, AnUnreadableGenerationCountsAsMissing) {
  for (const char* text : {"garbage", "12x\n", "99999999999999999999\n"}) {
    write("hb_generation", text);
    const auto next = next_generation(path("hb_generation"), 1795332013);
    EXPECT_EQ(next.value, 1795332014u) << text;
    EXPECT_EQ(next.lines.front().text, "BROKEN previous generation - starting at 1795332014");
  }
}

TEST_F(StateFiles, WithoutAPlaceForTheGenerationThereIsNoStart) {
  const auto next = next_generation(path("missing/hb_generation"), 1);
  EXPECT_FALSE(next.value);
  EXPECT_EQ(next.lines.back().level, LogLevel::kError);
}

TEST_F(StateFiles, TheUuidOfTheOldDaemonIsKept) {
  write("hb_uuid", "0123456789abcdef");
  const auto uuid = own_uuid(path("hb_uuid"));
  ASSERT_TRUE(uuid.value);
  EXPECT_EQ(std::string(uuid.value->begin(), uuid.value->end()), "0123456789abcdef");
  EXPECT_TRUE(uuid.lines.empty());
}

TEST_F(StateFiles, AFirstStartMakesAUuidAndTheSecondFindsIt) {
  const auto made = own_uuid(path("hb_uuid"));
  ASSERT_TRUE(made.value);
  EXPECT_EQ(made.lines.front().text, "No uuid found for current node - generating a new uuid.");
  EXPECT_EQ(read("hb_uuid").size(), 16u);
  EXPECT_EQ(own_uuid(path("hb_uuid")).value, made.value);
}

TEST_F(StateFiles, AUuidOfANameIsAlwaysTheSame) {
  EXPECT_EQ(uuid_of_name("alpha"), uuid_of_name("alpha"));
  EXPECT_NE(uuid_of_name("alpha"), uuid_of_name("beta"));
}

TEST_F(StateFiles, DeletedNodesAreWrittenAsTheOldDaemonWritesThem) {
  const std::vector<std::string> names = {"delta"};
  ASSERT_TRUE(save_deleted_nodes(path("delhostcache"), names));
  EXPECT_EQ(read("delhostcache"), "delta\t00000000-0000-0000-0000-000000000000\t100\t\n");
  EXPECT_FALSE(std::filesystem::exists(path("delhostcache.tmp")));
}

}  // namespace
}  // namespace um::heartbeat
