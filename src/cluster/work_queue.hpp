// work_queue.hpp - in which order a node starts and stops its resource groups (decision R2).
//
// An operation is a list of steps, one job each, worked off from first to last. Operations wait for
// one another in two ways:
//   - by group: a step begins only when every older operation is through with its group, so a group
//     is never started and stopped at the same time, and what was asked for last is what remains;
//   - by lane: operations of the script lane run one after the other, as the old daemon ran its
//   rc.d
//     scripts (spec heartbeat-resources 6, "Children"); free operations begin at once.
// A step without a group that is exclusive (a user's script that may start and stop anything) waits
// for all older steps and holds up all younger ones.
//
// Pure book-keeping: it starts nothing and knows no time. Steps wait for older operations only, so
// it cannot deadlock.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cluster/events.hpp"

namespace um::cluster {

class WorkQueue {
 public:
  using Id = std::uint64_t;

  struct Step {
    JobKind kind = JobKind::kTakeGroups;
    std::string group{};  // key; empty for a script
    bool exclusive = false;
    std::map<std::string, std::string> environment{};
  };

  enum class Lane : std::uint8_t { kScripts, kFree };

  struct Operation {
    Lane lane = Lane::kFree;
    std::vector<Step> steps{};
    /// Steps that must wait let later ones pass: a hanging start must not keep a shutdown from
    /// stopping the other groups (decision R18).
    bool passes_blocked = false;
  };

  /// What has become possible. Began comes once per operation before its first step, Ended once
  /// after its last.
  struct Began {
    Id operation;
  };
  struct StepStarts {
    Id operation;
    std::uint64_t job;
    Step step;
  };
  struct Ended {
    Id operation;
  };
  using Progress = std::variant<Began, StepStarts, Ended>;

  struct Finished {
    Id operation;
    Step step;
  };

  Id add(Operation operation);
  /// The next progress to act on; nothing when everything waits for a running job.
  std::optional<Progress> next();
  /// Nothing for a number that is not one of our running jobs.
  std::optional<Finished> job_finished(std::uint64_t job);
  /// Forgets the steps that have not begun; a running one ends by itself. Ended does not come.
  void cancel(Id operation);
  /// Numbers a job that is none of the queue's (a fence), so that numbers stay unique.
  std::uint64_t new_job_number() { return ++last_job_; }

  bool idle() const { return operations_.empty(); }
  bool any_running() const;
  /// Whether any unfinished step is about that group.
  bool busy(std::string_view group) const;
  bool has(Id operation) const { return operations_.contains(operation); }

 private:
  enum class StepState : std::uint8_t { kWaiting, kRunning, kDone };
  struct Entry {
    Operation operation;
    std::vector<StepState> states;
    std::vector<std::uint64_t> jobs;
    bool began = false;
    bool cancelled = false;
  };

  bool may_begin(Id id, const Entry& entry) const;
  bool may_start(Id id, const Entry& entry, std::size_t step) const;
  std::optional<std::size_t> next_step(Id id, const Entry& entry) const;
  static bool done(const Entry& entry);
  static bool in_each_others_way(const Step& a, const Step& b);

  std::map<Id, Entry> operations_;  // oldest first
  Id last_id_ = 0;
  std::uint64_t last_job_ = 0;
};

}  // namespace um::cluster
