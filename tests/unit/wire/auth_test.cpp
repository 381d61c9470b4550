#include "wire/auth.hpp"

#include <gtest/gtest.h>

namespace um::wire {
namespace {

Keyring ring() {
  Keyring keys;
  keys.set(1, {Method::kSha1, "key"});
  keys.set(2, {Method::kMd5, "key"});
  return keys;
}

// RFC 2202 and RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
TEST(Auth, DigestsAreTheHmacsOfTheRfcs) {
  std::string_view data = "what do ya want for nothing?";
  EXPECT_EQ(digest({Method::kMd5, "Jefe"}, data), "750c783e6ab0b503eaa86e310a5db738");
  EXPECT_EQ(digest({Method::kSha1, "Jefe"}, data), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(digest({Method::kSha256, "Jefe"}, data),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(digest({Method::kSha512, "Jefe"}, data).substr(0, 32),
            "164b7a7bfcf819e2e395fbe73b56e0a3");
}

TEST(Auth, ADigestDoesNotDependOnTheKeyBefore) {
  const std::string first = digest({Method::kSha1, "one"}, "text");
  EXPECT_NE(digest({Method::kSha1, "another, and longer"}, "text"), first);
  EXPECT_EQ(digest({Method::kSha1, "one"}, "text"), first);
  EXPECT_EQ(digest({Method::kSha1, ""}, ""), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

TEST(Auth, CrcIsPrintedWithoutLeadingZeros) {
  EXPECT_EQ(digest({Method::kCrc, ""}, ""), "ffffffff");
  EXPECT_EQ(digest({Method::kCrc, ""}, "x40"), "6a039b");
}

TEST(Auth, ATokenIsADecimalIndexABlankAndAWord) {
  auto token = parse_token("15 abc");
  ASSERT_TRUE(token);
  EXPECT_EQ(token->index, 15U);
  EXPECT_EQ(token->digest, "abc");
  for (auto bad : {"", "1", "1 ", " 1 abc", "x abc", "-1 abc", "1  abc", "1 abc def", "1\tabc",
                   "99999999999999999999 abc"})
    EXPECT_FALSE(parse_token(bad)) << '"' << bad << '"';
}

TEST(Auth, EachTokenIsCheckedWithTheKeyOfItsOwnIndex) {
  Keyring keys = ring();
  keys.select(1);
  std::string md5 = "2 " + digest({Method::kMd5, "key"}, "text");
  EXPECT_EQ(keys.verify(*parse_token(md5), "text"), Verdict::kGenuine);
  EXPECT_EQ(keys.verify(*parse_token(md5), "Text"), Verdict::kWrongDigest);
  EXPECT_EQ(keys.verify(*parse_token("1" + md5.substr(1)), "text"), Verdict::kWrongDigest);
  EXPECT_EQ(keys.verify(*parse_token("7" + md5.substr(1)), "text"), Verdict::kUnknownIndex);
}

TEST(Auth, KeysRotateWithoutAMomentOfRejection) {
  Keyring before = ring(), after = ring();
  before.select(1);
  after.select(2);
  EXPECT_EQ(after.verify(*parse_token(before.sign("x")), "x"), Verdict::kGenuine);
  EXPECT_EQ(before.verify(*parse_token(after.sign("x")), "x"), Verdict::kGenuine);
}

TEST(Auth, OnlyIndices0To15AndKnownKeysCanBeChosen) {
  Keyring keys;
  EXPECT_FALSE(keys.set(16, {Method::kCrc, ""}));
  EXPECT_TRUE(keys.set(0, {Method::kCrc, ""}));
  EXPECT_FALSE(keys.select(3));
  EXPECT_TRUE(keys.select(0));
  EXPECT_EQ(Keyring().sign("x"), "");
}

TEST(Auth, MethodsHaveTheNamesOfAuthkeys) {
  for (auto name : {"crc", "md5", "sha1", "sha256", "sha512"})
    EXPECT_EQ(name_of(*method_from_name(name)), name);
  EXPECT_FALSE(method_from_name("sha2"));
}

}  // namespace
}  // namespace um::wire
