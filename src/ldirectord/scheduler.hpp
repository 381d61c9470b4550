// scheduler.hpp - runs the director's checks, all at once, each with one hard deadline.
//
// The scheduler asks the timetable what is due, the director what to ask, starts the check as a
// coroutine and cancels it at its deadline; a check that does not even react to that is answered
// for a moment later, so nothing can hold a verdict back (decision L11). At most `limit` checks run
// at one time; the rest wait their turn.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <unordered_map>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include "ldirectord/director.hpp"
#include "ldirectord/timetable.hpp"

namespace um::ldirectord {

class Scheduler {
 public:
  struct Hooks {
    std::function<void()> on_result;  // a check has ended
    std::function<void(const Errand&)> on_timeout;
  };

  Scheduler(boost::asio::any_io_executor executor, Director& director, std::size_t limit,
            Hooks hooks);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Takes the director's jobs as they are now: after a start or a reload.
  void follow_jobs();
  /// Cancels what runs and starts nothing more.
  void stop();

  std::size_t running() const { return runs_.size(); }
  Duration overdue(TimePoint now) const { return timetable_.overdue(now); }

 private:
  struct Run {
    JobId job = 0;
    Errand errand;
    std::uint32_t attempt = 1;
    TimePoint started;   // of the first attempt
    TimePoint deadline;  // of this attempt
    bool cancelled = false;
    bool reported = false;
    boost::asio::cancellation_signal stop;
  };
  using RunId = std::uint64_t;

  void wake_for_next();
  void start_due();
  void launch(JobId job);
  void attempt(RunId id, const std::shared_ptr<Run>& run);
  void ended(RunId id, checks::Outcome outcome);
  void report(Run& run, const checks::Outcome& outcome);
  void expire();
  void wake_for_deadline();

  boost::asio::any_io_executor executor_;
  Director& director_;
  std::size_t limit_;
  Hooks hooks_;
  Timetable timetable_;
  boost::asio::steady_timer due_timer_;
  boost::asio::steady_timer deadline_timer_;
  // The coroutine shares its Run: the signal in it has to outlive whatever waits for it.
  std::unordered_map<RunId, std::shared_ptr<Run>> runs_;
  std::set<std::pair<TimePoint, RunId>> deadlines_;
  RunId next_run_ = 1;
  TimePoint last_start_{};
  bool slice_full_ = false;  // there was more to start than one go takes
  bool stopped_ = false;
  std::shared_ptr<Scheduler*> alive_;
};

}  // namespace um::ldirectord
