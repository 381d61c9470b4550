// The recorded key files again, this time the parser alone: it accepts what 3.0.6 accepted, and the
// key that signs is the one that 3.0.6 said it would sign with.
#include "parsers/authkeys.hpp"

#include <gtest/gtest.h>

#include "tests/vectors/support/differences.hpp"
#include "tests/vectors/support/ha_bed.hpp"

namespace um::parsers {
namespace {

Parsed<AuthKeys> parse_vector(const std::string& name) {
  const FileContent file = test::bed_for(name).read_file("/etc/ha.d/authkeys");
  return parse_authkeys(Source("authkeys", file.text));
}

TEST(AuthkeysVectors, AreAcceptedAndRefusedAsRecorded) {
  const auto allowed = test::allowed_differences("ha-cf");
  std::size_t compared = 0;
  for (const std::string& name : test::ha_vector_names()) {
    if (!name.starts_with("auth-") || allowed.contains(name)) continue;
    const test::HaVector vector = test::load_ha_vector(name);
    // What the file's mode or absence decides is not in its text.
    const bool about_the_file = name.starts_with("auth-mode-") || name == "auth-missing";
    if (about_the_file) continue;
    ++compared;
    const Parsed<AuthKeys> ours = parse_vector(name);
    EXPECT_EQ(ours.ok(), vector.result == "accepted") << name;
    EXPECT_TRUE(!ours.ok() || ours.value.signing_key() != nullptr) << name;
  }
  EXPECT_GT(compared, 50u);
}

struct Selection {
  const char* vector;
  int selected;
  AuthMethod method;
  const char* key;
};

TEST(AuthkeysVectors, TheLastAuthLineThatIsFollowedByItsKeySigns) {
  for (const Selection& expected : {Selection{"auth-select", 2, AuthMethod::kSha1, "b"},
                                    Selection{"auth-dup-debug", 1, AuthMethod::kMd5, "b"},
                                    Selection{"auth-auth-dup", 2, AuthMethod::kSha1, "b"},
                                    Selection{"auth-auth-after-first", 2, AuthMethod::kSha1, "b"},
                                    Selection{"auth-key-quoted", 1, AuthMethod::kSha1, "\"quoted"},
                                    Selection{"auth-nul", 1, AuthMethod::kSha1, "a"}}) {
    const AuthKeys keys = parse_vector(expected.vector).value;
    EXPECT_EQ(keys.selected, expected.selected) << expected.vector;
    ASSERT_NE(keys.signing_key(), nullptr) << expected.vector;
    EXPECT_EQ(keys.signing_key()->method, expected.method) << expected.vector;
    EXPECT_EQ(keys.signing_key()->key, expected.key) << expected.vector;
  }
}

}  // namespace
}  // namespace um::parsers
