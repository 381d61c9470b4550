#include "clientapi/access.hpp"

#include <gtest/gtest.h>

namespace um::clientapi {
namespace {

constexpr uid_t kRoot = 0, kHacluster = 101, kNobody = 65534;
constexpr gid_t kRootGroup = 0, kHaclient = 102, kNogroup = 65534;

parsers::ApiAuth rule(std::string client, std::vector<uid_t> uids, std::vector<gid_t> gids) {
  parsers::ApiAuth made;
  made.client = std::move(client);
  made.uids = std::move(uids);
  made.gids = std::move(gids);
  return made;
}

AccessRules built_in() {
  return AccessRules({rule("ipfail", {kHacluster}, {}), rule("anon", {kRoot}, {kHaclient})});
}

TEST(Access, UidOrGidIsEnough) {
  EXPECT_EQ(built_in().refuse("", {1, kRoot, kNogroup}), std::nullopt);
  EXPECT_EQ(built_in().refuse("", {1, kNobody, kHaclient}), std::nullopt);
  EXPECT_EQ(built_in().refuse("", {1, kNobody, kNogroup}), "client failed authorization");
}

TEST(Access, ANamedClientGoesByTheRuleOfItsName) {
  EXPECT_EQ(built_in().refuse("ipfail", {1, kHacluster, kNogroup}), std::nullopt);
  EXPECT_EQ(built_in().refuse("ipfail", {1, kRoot, kRootGroup}), "client failed authorization");
}

TEST(Access, WithoutARuleTheDefaultCountsAndWithoutADefaultNobodyComesIn) {
  EXPECT_EQ(built_in().refuse("dopd", {1, kRoot, kRootGroup}), "no default client auth");
  AccessRules rules({rule("default", {kRoot}, {})});
  EXPECT_EQ(rules.refuse("dopd", {1, kRoot, kRootGroup}), std::nullopt);
  EXPECT_EQ(rules.refuse("dopd", {1, kNobody, kNogroup}), "client failed authorization");
}

TEST(Access, CasualClientsNeedTheRuleAnon) {
  AccessRules rules({rule("default", {kRoot}, {})});
  EXPECT_EQ(rules.refuse("", {1, kRoot, kRootGroup}), "apiauth anon missing");
}

}  // namespace
}  // namespace um::clientapi
