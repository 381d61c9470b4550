// Decision R2: one queue per group, and the lane of the old rc.d scripts.
#include "cluster/work_queue.hpp"

#include <gtest/gtest.h>

namespace um::cluster {
namespace {

using Lines = std::vector<std::string>;

WorkQueue::Operation operation(JobKind kind, const Lines& groups,
                               WorkQueue::Lane lane = WorkQueue::Lane::kFree) {
  WorkQueue::Operation result;
  result.lane = lane;
  for (const std::string& group : groups) result.steps.push_back({.kind = kind, .group = group});
  return result;
}

WorkQueue::Operation take(const Lines& groups, WorkQueue::Lane lane = WorkQueue::Lane::kFree) {
  return operation(JobKind::kTakeGroups, groups, lane);
}
WorkQueue::Operation give(const Lines& groups, WorkQueue::Lane lane = WorkQueue::Lane::kFree) {
  return operation(JobKind::kGiveGroups, groups, lane);
}

/// "take A #1" for what starts, "end 1" for operations that end; numbers are the jobs' and the
/// operations'.
Lines progress(WorkQueue& queue) {
  Lines lines;
  while (auto next = queue.next()) {
    if (auto* step = std::get_if<WorkQueue::StepStarts>(&*next))
      lines.push_back((step->step.kind == JobKind::kTakeGroups ? "take " : "give ") +
                      step->step.group + " #" + std::to_string(step->job));
    if (auto* ended = std::get_if<WorkQueue::Ended>(&*next))
      lines.push_back("end " + std::to_string(ended->operation));
  }
  return lines;
}

TEST(WorkQueue, StepsOfOneOperationComeOneAfterTheOther) {
  WorkQueue queue;
  queue.add(take({"A", "B"}));
  EXPECT_EQ(progress(queue), Lines{"take A #1"});
  queue.job_finished(1);
  EXPECT_EQ(progress(queue), Lines{"take B #2"});
  queue.job_finished(2);
  EXPECT_EQ(progress(queue), Lines{"end 1"});
  EXPECT_TRUE(queue.idle());
}

TEST(WorkQueue, OperationsOnOtherGroupsRunSideBySide) {
  WorkQueue queue;
  queue.add(take({"A"}));
  queue.add(give({"B"}));
  EXPECT_EQ(progress(queue), (Lines{"take A #1", "give B #2"}));
}

TEST(WorkQueue, OneGroupIsNeverStartedAndStoppedAtOnce) {
  WorkQueue queue;
  queue.add(take({"A"}));
  queue.add(give({"A"}));
  EXPECT_EQ(progress(queue), Lines{"take A #1"});
  queue.job_finished(1);
  EXPECT_EQ(progress(queue), (Lines{"end 1", "give A #2"}));
}

TEST(WorkQueue, GroupThatIsStillToComeIsWaitedForToo) {
  WorkQueue queue;
  queue.add(take({"A", "B"}));
  queue.add(give({"B"}));
  EXPECT_EQ(progress(queue), Lines{"take A #1"});
}

TEST(WorkQueue, ScriptLaneIsOneAfterTheOther) {
  WorkQueue queue;
  queue.add(take({"A"}, WorkQueue::Lane::kScripts));
  queue.add(take({"B"}, WorkQueue::Lane::kScripts));
  EXPECT_EQ(progress(queue), Lines{"take A #1"});
  queue.job_finished(1);
  EXPECT_EQ(progress(queue), (Lines{"end 1", "take B #2"}));
}

TEST(WorkQueue, ExclusiveScriptIsAlone) {
  WorkQueue queue;
  queue.add(take({"A"}));
  WorkQueue::Operation script;
  script.steps.push_back({.kind = JobKind::kNotifyScript, .group = "", .exclusive = true});
  queue.add(script);
  queue.add(take({"B"}));
  EXPECT_EQ(progress(queue), Lines{"take A #1"});
  queue.job_finished(1);
  EXPECT_EQ(progress(queue), (Lines{"end 1", "give  #2"}));
  queue.job_finished(2);
  EXPECT_EQ(progress(queue), (Lines{"end 2", "take B #3"}));
}

TEST(WorkQueue, CancelledOperationStartsNothingMoreAndEndsSilently) {
  WorkQueue queue;
  auto id = queue.add(take({"A", "B"}));
  progress(queue);
  queue.cancel(id);
  EXPECT_TRUE(queue.busy("A"));
  EXPECT_FALSE(queue.busy("B"));
  queue.job_finished(1);
  EXPECT_EQ(progress(queue), Lines{});
  EXPECT_TRUE(queue.idle());
}

TEST(WorkQueue, BlockedStepsLetOthersPassWhereThatIsAllowed) {
  WorkQueue queue;
  queue.add(take({"A"}));
  WorkQueue::Operation all = give({"A", "B"});
  all.passes_blocked = true;
  queue.add(all);
  EXPECT_EQ(progress(queue), (Lines{"take A #1", "give B #2"}));
  queue.job_finished(2);
  queue.job_finished(1);
  EXPECT_EQ(progress(queue), (Lines{"end 1", "give A #3"}));
}

TEST(WorkQueue, OperationWithoutStepsEndsAtOnce) {
  WorkQueue queue;
  queue.add(take({}));
  EXPECT_EQ(progress(queue), Lines{"end 1"});
}

TEST(WorkQueue, ForeignJobNumbersAreNotOurs) {
  WorkQueue queue;
  queue.add(take({"A"}));
  progress(queue);
  EXPECT_FALSE(queue.job_finished(7));
}

}  // namespace
}  // namespace um::cluster
