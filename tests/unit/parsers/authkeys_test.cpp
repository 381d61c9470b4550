#include "parsers/authkeys.hpp"

#include <gtest/gtest.h>

namespace um::parsers {
namespace {

Parsed<AuthKeys> parsed(const std::string& text) {
  return parse_authkeys(Source("authkeys", text));
}

TEST(Authkeys, EveryKeyVerifiesAndOneSigns) {
  const AuthKeys keys = parsed("auth 2\n1 md5 old\n2 sha1 new\n3 crc\n").value;
  EXPECT_EQ(keys.selected, 2);
  EXPECT_EQ(keys.signing_key()->key, "new");
  EXPECT_EQ(keys.keys[1]->method, AuthMethod::kMd5);
  EXPECT_EQ(keys.keys[3]->method, AuthMethod::kCrc);
  EXPECT_FALSE(keys.keys[4].has_value());
}

TEST(Authkeys, OurMethodsAreListedForOldPeers) {
  const Parsed<AuthKeys> result = parsed("auth 1\n1 sha256 0123456789abcdef\n");
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.value.signing_key()->method, AuthMethod::kSha256);
  ASSERT_EQ(result.value.beyond_legacy.size(), 1u);
  EXPECT_EQ(result.value.beyond_legacy[0].message, "heartbeat 3.0.6 does not know sha256");
}

TEST(Authkeys, KeysAreNotShownToWhoReadsTheMessages) {
  const Source source("authkeys", "auth 1\n1 sha1 secret word\n2sha1 secret\n# 1 sha1 note\n");
  EXPECT_EQ(without_secrets(source).text(),
            "auth 1\n1 sha1 ****** ****\n2sha1 ******\n# 1 sha1 note\n");
}

}  // namespace
}  // namespace um::parsers
