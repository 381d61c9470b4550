#include "wire/stream.hpp"

#include <gtest/gtest.h>

#include "wire/codec.hpp"

namespace um::wire {
namespace {

using Messages = std::vector<std::string>;

TEST(Stream, AMessageMayComeByteByByte) {
  StreamReader reader;
  std::string text = ">>>\nt=hb_takeover\nrsc_hold=all\n<<<\n";
  Messages all;
  for (char c : text)
    for (auto& message : reader.feed(std::string_view(&c, 1))) all.push_back(message);
  EXPECT_EQ(all, Messages{text});
}

TEST(Stream, SeveralMessagesMayComeAtOnce) {
  EXPECT_EQ(StreamReader().feed(">>>\na=1\n<<<\n>>>\na=2\n<<<\n"),
            (Messages{">>>\na=1\n<<<\n", ">>>\na=2\n<<<\n"}));
}

TEST(Stream, GarbageBeforeAStartIsSkipped) {
  EXPECT_EQ(StreamReader().feed("noise=1\n<<<\n\xff\n>>>\na=1\n<<<\n"),
            Messages{">>>\na=1\n<<<\n"});
}

TEST(Stream, AStartInsideAMessageBeginsAnewAndCountsTheTornOne) {
  StreamReader reader;
  EXPECT_EQ(reader.feed(">>>\nt=torn\n>>>\nt=whole\n<<<\n"), Messages{">>>\nt=whole\n<<<\n"});
  EXPECT_EQ(reader.torn(), 1U);
}

TEST(Stream, TheNulOfADatagramDoesNotHideTheNextStart) {
  EXPECT_EQ(StreamReader().feed(std::string(">>>\na=1\n<<<\n\0>>>\na=2\n<<<\n", 25)).size(), 2U);
}

TEST(Stream, AMessageWithoutEndIsGivenUpAtThePacketLimit) {
  StreamReader reader;
  reader.feed(">>>\n" + std::string(kMaxPacket, 'x') + "\n<<<\n");
  EXPECT_EQ(reader.torn(), 1U);
  EXPECT_EQ(reader.feed(">>>\na=1\n<<<\n"), Messages{">>>\na=1\n<<<\n"});
}

}  // namespace
}  // namespace um::wire
