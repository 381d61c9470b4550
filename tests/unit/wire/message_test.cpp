#include "wire/message.hpp"

#include <gtest/gtest.h>

namespace um::wire {
namespace {

TEST(Message, SettingAnExistingFieldKeepsItsPlace) {
  Message message("status");
  message.set("src", "forged").set("st", "up").set("src", "alpha");
  ASSERT_EQ(message.fields().size(), 3U);
  EXPECT_EQ(message.fields()[1], (Field{"src", "alpha", FieldType::kString}));
}

TEST(Message, TheFirstOfTwoFieldsWithOneNameIsFound) {
  Message message;
  message.append({"a", "first", FieldType::kString}).append({"a", "second", FieldType::kString});
  EXPECT_EQ(message.get("a"), "first");
}

TEST(Message, NumbersAreReadWholeOrNotAtAll) {
  Message message;
  message.set("seq", "4e")
      .set("firstseq", "10")
      .set("bad", "4e ")
      .set("huge", "1" + std::string(16, '0'));
  EXPECT_EQ(message.hex("seq"), 0x4eU);
  EXPECT_EQ(message.decimal("firstseq"), 10U);
  EXPECT_EQ(message.decimal("seq"), std::nullopt);
  EXPECT_EQ(message.hex("bad"), std::nullopt);
  EXPECT_EQ(message.hex("huge"), std::nullopt);
  EXPECT_EQ(message.hex("absent"), std::nullopt);
}

TEST(Message, HexIsWrittenInLowerCaseWithoutPrefix) {
  EXPECT_EQ(Message().set_hex("dt", 8000).get("dt"), "1f40");
}

}  // namespace
}  // namespace um::wire
