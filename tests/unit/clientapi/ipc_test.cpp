#include "clientapi/ipc.hpp"

#include <gtest/gtest.h>

namespace um::clientapi {
namespace {

using namespace std::string_literals;
using Bodies = std::vector<std::string>;

TEST(Ipc, AFrameIsALittleEndianLengthTheMagicAndTheBody) {
  EXPECT_EQ(frame("abc"), "\x03\0\0\0\xcd\xab\0\0abc"s);
}

TEST(Ipc, AMessageInStringFormEndsInNulAndOneInNetstringDoesNot) {
  wire::Message message("hbapi-req");
  EXPECT_EQ(frame(message)->substr(kHeaderSize), ">>>\nt=hbapi-req\n<<<\n\0"s);
  EXPECT_EQ(frame(message, wire::Form::kNetstring)->substr(kHeaderSize),
            "###\n14:(0)t=hbapi-req,%%%\n");
}

TEST(Ipc, FramesMayComeByteByByteAndSeveralAtOnce) {
  std::string two = *frame("one") + *frame("two");
  FrameReader reader;
  Bodies all;
  for (char c : two)
    for (auto& body : reader.feed(std::string_view(&c, 1))) all.push_back(body);
  EXPECT_EQ(all, (Bodies{"one", "two"}));
  EXPECT_EQ(FrameReader().feed(two + "\x05"), (Bodies{"one", "two"}));
}

TEST(Ipc, AnEmptyBodyIsAFrame) {
  EXPECT_EQ(FrameReader().feed(*frame("")), Bodies{""});
}

TEST(Ipc, TheLargestBodyPassesAndOneByteMoreDoesNot) {
  std::string largest(kMaxBody, 'x');
  EXPECT_EQ(FrameReader().feed(*frame(largest)), Bodies{largest});
  EXPECT_EQ(frame(largest + "x"), std::nullopt);
}

TEST(Ipc, ABadHeaderEndsTheStreamButNotWhatCameBefore) {
  for (std::string header : {"\x01\x00\x04\x00\xcd\xab\x00\x00"s,     // 262145: spun for ever (A1)
                             "\xff\xff\xff\xff\xcd\xab\x00\x00"s,     // negative
                             "\x03\x00\x00\x00\x00\x00\xab\xcd"s}) {  // magic
    FrameReader reader;
    EXPECT_EQ(reader.feed(*frame("good") + header + "abc"), Bodies{"good"});
    EXPECT_TRUE(reader.broken());
    EXPECT_EQ(reader.feed(*frame("late")), Bodies{});
  }
}

}  // namespace
}  // namespace um::clientapi
