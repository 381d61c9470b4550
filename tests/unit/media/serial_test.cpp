// A pseudo-terminal stands for the cable: what the medium writes to the tty is read at the master.
#include "media/serial.hpp"

#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "media/tty.hpp"
#include "support.hpp"

namespace um::media {
namespace {

using test::run_until;
using test::Said;
using Packets = std::vector<std::string>;

class Serial : public testing::Test {
 protected:
  void SetUp() override {
    master = Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    ASSERT_TRUE(master);
    ASSERT_EQ(::grantpt(master.get()), 0);
    ASSERT_EQ(::unlockpt(master.get()), 0);
    tty = ::ptsname(master.get());
    char name[] = "/tmp/um-serial-XXXXXX";
    ASSERT_TRUE(::mkdtemp(name));
    locks = name;
  }
  void TearDown() override {
    medium.reset();
    std::filesystem::remove_all(locks);
  }

  std::optional<std::string> start() {
    medium = std::make_unique<SerialMedium>(io.get_executor(), tty, 115200, said.sink(), locks);
    return medium->start([this](std::string_view packet) { heard.emplace_back(packet); });
  }

  std::string read_master(std::size_t wanted) {
    std::string text;
    run_until(io, [&] {
      char buffer[4096];
      ssize_t size = ::read(master.get(), buffer, sizeof buffer);
      if (size > 0) text.append(buffer, static_cast<std::size_t>(size));
      return text.size() >= wanted;
    });
    return text;
  }

  void write_master(std::string_view text) {
    ASSERT_EQ(::write(master.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  boost::asio::io_context io;
  Said said;
  Fd master;
  std::string tty;
  std::filesystem::path locks;
  std::unique_ptr<SerialMedium> medium;
  Packets heard;
};

TEST_F(Serial, PacketsGoOutWholeInOrderAndWithoutTheNulOfADatagram) {
  ASSERT_EQ(start(), std::nullopt);
  std::string large = ">>>\nx=" + std::string(2000, 'x') + "\n<<<\n";
  medium->send(std::string(">>>\na=1\n<<<\n") + '\0');
  medium->send(large);
  EXPECT_EQ(read_master(12 + large.size()), ">>>\na=1\n<<<\n" + large);
}

TEST_F(Serial, PacketsAreFoundAmongNoise) {
  ASSERT_EQ(start(), std::nullopt);
  write_master("\xff\x01noise\n>>>\nt=status\n<<<\nmore noise\n>>>\nt=starting\n<<<\n");
  EXPECT_TRUE(run_until(io, [&] { return heard.size() == 2; }));
  EXPECT_EQ(heard, (Packets{">>>\nt=status\n<<<\n", ">>>\nt=starting\n<<<\n"}));
}

TEST_F(Serial, TheLineIgnoresCarriageReturnsAndStripsTheEighthBit) {
  ASSERT_EQ(start(), std::nullopt);
  write_master(">>>\r\nt=\xe1\r\n<<<\r\n");
  EXPECT_TRUE(run_until(io, [&] { return !heard.empty(); }));
  EXPECT_EQ(heard, Packets{">>>\nt=a\n<<<\n"});
}

TEST_F(Serial, EverythingTakesStringFormAndNetstringsAreNotSent) {
  ASSERT_EQ(start(), std::nullopt);
  wire::Message with_struct("a");
  with_struct.set("s", ">>>\nb=c\n<<<\n", wire::FieldType::kStruct);
  EXPECT_EQ(medium->form(with_struct, wire::Form::kNetstring), wire::Form::kString);
  medium->send("###\n6:(0)t=a,%%%\n10:3 e226a277,");
  medium->send(">>>\nt=a\n<<<\n");
  EXPECT_EQ(read_master(12), ">>>\nt=a\n<<<\n");
}

TEST_F(Serial, AStuckLineNeverBlocksAndWarnsOnce) {
  ASSERT_EQ(start(), std::nullopt);
  std::string packet = ">>>\nx=" + std::string(4000, 'x') + "\n<<<\n";
  auto warned = [&] {
    medium->send(packet);
    return std::ranges::count_if(said.lines, [](auto& l) { return l.starts_with("WARN"); }) > 0;
  };
  EXPECT_TRUE(run_until(io, warned));
  warned();
  EXPECT_EQ(said.lines.back(), "WARN: TTY write timeout on [" + tty +
                                   "] (no connection or bad cable? [see documentation])");
  EXPECT_EQ(std::ranges::count(said.lines, said.lines.back()), 1);
}

TEST_F(Serial, ALineThatGoesAwayIsSaid) {
  ASSERT_EQ(start(), std::nullopt);
  master.reset();
  EXPECT_TRUE(run_until(io, [&] { return said.lines.size() == 2; }));
  EXPECT_TRUE(said.lines.back().starts_with("ERROR: serial " + tty + ": the line is gone: "));
  medium->send(">>>\nt=a\n<<<\n");
}

TEST_F(Serial, ALineLockedByALiveProcessIsRefusedAndAStaleLockIsTaken) {
  std::filesystem::path lock = locks / ("LCK.." + std::filesystem::path(tty).filename().string());
  std::ofstream(lock) << "         1\n";
  EXPECT_EQ(start(), "serial " + tty + ": cannot lock line " + tty);
  std::ofstream(lock) << "   4194305\n";  // above the largest pid
  EXPECT_EQ(start(), std::nullopt);
  std::string content;
  std::getline(std::ifstream(lock), content);
  EXPECT_EQ(content, fmt::format("{:10}", ::getpid()));
  medium.reset();
  EXPECT_FALSE(std::filesystem::exists(lock));
}

TEST_F(Serial, AFileThatIsNoLineIsRefused) {
  tty = "/dev/null";
  EXPECT_EQ(start(),
            "serial /dev/null: not a serial line: /dev/null: Inappropriate ioctl for device");
}

TEST(Tty, SpeedsAreThoseOfTermios) {
  for (int baud : {9600, 19200, 38400, 57600, 115200, 230400, 460800})
    EXPECT_TRUE(known_baud(baud));
  EXPECT_FALSE(known_baud(12345));
}

}  // namespace
}  // namespace um::media
