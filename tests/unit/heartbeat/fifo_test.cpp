#include "heartbeat/fifo.hpp"

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temporary.hpp"

namespace um::heartbeat {
namespace {

using namespace std::chrono_literals;

TEST(FrameCutter, FramesComeOutWholeWhateverTheWritesWere) {
  FrameCutter cutter;
  EXPECT_TRUE(cutter.feed(">>>\nt=hb_take").frames.empty());
  const auto result = cutter.feed("over\nrsc_hold=all\n<<<\n>>>\nt=x\n<<<\n");
  ASSERT_EQ(result.frames.size(), 2u);
  EXPECT_EQ(result.frames[0], ">>>\nt=hb_takeover\nrsc_hold=all\n<<<\n");
  EXPECT_EQ(result.frames[1], ">>>\nt=x\n<<<\n");
  EXPECT_TRUE(result.broken.empty());
}

TEST(FrameCutter, TabsBeforeALineDoNotCount) {
  FrameCutter cutter;
  const auto result = cutter.feed("\t>>>\n\t\tt=x\n\t<<<\n");
  ASSERT_EQ(result.frames.size(), 1u);
  EXPECT_EQ(result.frames[0], ">>>\nt=x\n<<<\n");
}

TEST(FrameCutter, OfTwoWritersThatMixedTheLaterMessageSurvives) {
  FrameCutter cutter;
  const auto result = cutter.feed(">>>\nt=one\n>>>\nt=two\n<<<\n<<<\n");
  EXPECT_EQ(result.broken, (std::vector<std::string>{">>>"}));
  ASSERT_EQ(result.frames.size(), 1u);
  EXPECT_EQ(result.frames[0], ">>>\nt=two\n<<<\n");
}

TEST(FrameCutter, ALineWithoutEqualsBreaksItsFrame) {
  FrameCutter cutter;
  const auto result = cutter.feed(">>>\nt=one\nnonsense\n<<<\n>>>\nt=two\n<<<\n");
  EXPECT_EQ(result.broken, (std::vector<std::string>{"nonsense"}));
  ASSERT_EQ(result.frames.size(), 1u);
  EXPECT_EQ(result.frames[0], ">>>\nt=two\n<<<\n");
}

TEST(FrameCutter, GarbageBetweenFramesIsSkipped) {
  FrameCutter cutter;
  const auto result = cutter.feed("hello\n###\n>>>\nt=x\n<<<\n");
  EXPECT_TRUE(result.broken.empty());
  EXPECT_EQ(result.frames.size(), 1u);
}

TEST(FrameCutter, AnEndlessFrameIsGivenUp) {
  FrameCutter cutter;
  cutter.feed(">>>\n");
  FrameCutter::Result last;
  for (int i = 0; i < 2000 && last.broken.empty(); ++i)
    last = cutter.feed("field=" + std::string(100, 'x') + "\n");
  EXPECT_FALSE(last.broken.empty());
  EXPECT_EQ(cutter.feed(">>>\nt=x\n<<<\n").frames.size(), 1u);
}

class FifoTest : public Temporary {};

TEST_F(FifoTest, ItIsMadeForRootOnlyAndReadThoughWritersComeAndGo) {
  boost::asio::io_context loop;
  std::vector<std::string> frames;
  Fifo fifo(loop.get_executor(),
            {[&](std::string_view f) { frames.emplace_back(f); }, [](auto) {}});
  bool created = false;
  ASSERT_TRUE(fifo.open(path("fifo"), created));
  EXPECT_TRUE(created);
  struct stat state {};
  ASSERT_EQ(::stat(path("fifo").c_str(), &state), 0);
  EXPECT_TRUE(S_ISFIFO(state.st_mode));
  EXPECT_EQ(state.st_mode & 0777, 0600u);
  for (int writer = 0; writer < 2; ++writer) {
    const int fd = ::open(path("fifo").c_str(), O_WRONLY);
    EXPECT_EQ(::write(fd, ">>>\nt=x\n<<<\n", 12), 12);
    ::close(fd);
    loop.run_for(100ms);
  }
  EXPECT_EQ(frames.size(), 2u);
}

TEST_F(FifoTest, APlainFileInItsPlaceIsReplaced) {
  write("fifo", ">>>\nt=hb_takeover\n<<<\n");  // a script that came while heartbeat was down
  boost::asio::io_context loop;
  Fifo fifo(loop.get_executor(), {[](auto) {}, [](auto) {}});
  bool created = false;
  EXPECT_TRUE(fifo.open(path("fifo"), created));
  EXPECT_TRUE(created);
}

}  // namespace
}  // namespace um::heartbeat
