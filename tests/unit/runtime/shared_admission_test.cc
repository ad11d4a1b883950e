#include "daemon/run/shared_admission.h"

#include <gtest/gtest.h>

#include "pipeline/engine.h"

namespace kpid {
namespace {

TEST(SharedAdmission, AdmitsUpToTheLimitForAllShardsTogether) {
  SharedAdmission admission(2);
  EXPECT_TRUE(admission.admit(0, "a"));
  EXPECT_TRUE(admission.admit(0, "b"));
  EXPECT_FALSE(admission.admit(0, "c"));
}

TEST(SharedAdmission, CountsAGroupOfTwoShardsOnce) {
  SharedAdmission admission(2);
  EXPECT_TRUE(admission.admit(0, "a"));
  EXPECT_TRUE(admission.admit(0, "a"));
  EXPECT_TRUE(admission.admit(0, "b"));
  EXPECT_TRUE(admission.admit(0, "b"));
}

TEST(SharedAdmission, HasRoomAgainWhenTheLastShardHasLeft) {
  SharedAdmission admission(1);
  EXPECT_TRUE(admission.admit(0, "a"));
  EXPECT_TRUE(admission.admit(0, "a"));
  admission.leave(0, "a");
  EXPECT_FALSE(admission.admit(0, "b"));
  admission.leave(0, "a");
  EXPECT_TRUE(admission.admit(0, "b"));
}

TEST(SharedAdmission, CountsEveryGroupingByItself) {
  SharedAdmission admission(1);
  EXPECT_TRUE(admission.admit(0, "a"));
  EXPECT_TRUE(admission.admit(7, "b"));
  EXPECT_FALSE(admission.admit(7, "a"));
}

TEST(SharedAdmission, TakesNoHarmFromAGroupThatWasNeverAdmitted) {
  SharedAdmission admission(1);
  admission.leave(3, "a");
  EXPECT_TRUE(admission.admit(3, "a"));
  EXPECT_FALSE(admission.admit(3, "b"));
}

TEST(SharedAdmission, CountsGroupsOfTheStoreBeyondALowerLimitUntilTheyLeave) {
  SharedAdmission admission(1);
  admission.readmit(0, "a");
  admission.readmit(0, "b");
  admission.leave(0, "a");
  EXPECT_FALSE(admission.admit(0, "c"));
  admission.leave(0, "b");
  EXPECT_TRUE(admission.admit(0, "c"));
}

TEST(SingleShardAdmission, CountsGroupsOfTheStoreBeyondALowerLimitUntilTheyLeave) {
  SingleShardAdmission admission(1);
  admission.readmit(0, "a");
  admission.readmit(0, "b");
  admission.leave(0, "a");
  EXPECT_FALSE(admission.admit(0, "c"));
  admission.leave(0, "b");
  EXPECT_TRUE(admission.admit(0, "c"));
}

}  // namespace
}  // namespace kpid
