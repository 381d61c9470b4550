#include "ldirectord/health.hpp"

#include <gtest/gtest.h>

namespace um::ldirectord {
namespace {

Health up() {
  Health health;
  health.up = health.checked = true;
  return health;
}

TEST(Health, GoesDownAtTheFailureCountAndSaysSoftFailureBefore) {
  Health health = up();
  EXPECT_EQ(on_failure(health, 3, 1), Effect::kSoftFailure);
  EXPECT_EQ(on_failure(health, 3, 2), Effect::kSoftFailure);
  EXPECT_EQ(on_failure(health, 3, 3), Effect::kWentDown);
  EXPECT_FALSE(health.up);
  EXPECT_EQ(on_failure(health, 3, 4), Effect::kNothing);
}

TEST(Health, ForgetsSoftFailuresAtASuccess) {
  Health health = up();
  on_failure(health, 3, 1);
  on_failure(health, 3, 2);
  EXPECT_EQ(on_success(health, 1), Effect::kReset);
  EXPECT_EQ(on_failure(health, 3, 3), Effect::kSoftFailure);
}

TEST(Health, ComesUpWithoutAResetWhenItNeverFailed) {
  Health health;
  EXPECT_EQ(on_success(health, 1), Effect::kCameUp);
}

TEST(Health, AnnouncesTheResetAfterAFailedFirstCheck) {
  Health health;
  on_failure(health, 1, 1);
  EXPECT_EQ(on_success(health, 1), Effect::kResetAndUp);
}

TEST(Health, NeedsRiseCountSuccessesInARowToComeBack) {
  Health health;
  EXPECT_EQ(on_success(health, 3), Effect::kNothing);
  EXPECT_EQ(on_success(health, 3), Effect::kNothing);
  on_failure(health, 1, 1);
  EXPECT_EQ(on_success(health, 3), Effect::kNothing);
  EXPECT_EQ(on_success(health, 3), Effect::kNothing);
  EXPECT_EQ(on_success(health, 3), Effect::kResetAndUp);
}

TEST(Health, IsTakenOutAtOnceWhateverTheCount) {
  Health health = up();
  EXPECT_EQ(force_down(health, 7), Effect::kWentDown);
  EXPECT_EQ(health.went_down, 7U);
  EXPECT_EQ(on_success(health, 1), Effect::kResetAndUp);
}

TEST(Health, ServesNobodyWhileDrainedDisabledOrInMaintenance) {
  Health health = up();
  EXPECT_TRUE(health.in_service());
  health.admin = Admin::kDrained;
  EXPECT_FALSE(health.in_service());
  health.admin = Admin::kEnabled;
  health.maintenance = true;
  EXPECT_FALSE(health.in_service());
}

}  // namespace
}  // namespace um::ldirectord
