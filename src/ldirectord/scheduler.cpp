#include "ldirectord/scheduler.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace um::ldirectord {
namespace asio = boost::asio;
namespace {

// Checks started in one go before other events get their turn.
constexpr std::size_t kSlice = 128;
// Checks due within the same moment are started together: one wake-up for all of them.
constexpr Duration kMoment = std::chrono::milliseconds(20);
// What a cancelled check gets to say why it did not finish.
constexpr Duration kGrace = std::chrono::milliseconds(250);

TimePoint now() {
  return read_clock().monotonic;
}

}  // namespace

Scheduler::Scheduler(asio::any_io_executor executor, Director& director, std::size_t limit,
                     Hooks hooks)
    : executor_(std::move(executor)),
      director_(director),
      limit_(limit),
      hooks_(std::move(hooks)),
      due_timer_(executor_),
      deadline_timer_(executor_),
      alive_(std::make_shared<Scheduler*>(this)) {}

Scheduler::~Scheduler() {
  stop();
}

void Scheduler::follow_jobs() {
  std::vector<Timetable::Entry> entries;
  const Roster& roster = director_.roster();
  entries.reserve(roster.jobs.size());
  for (std::size_t i = 0; i < roster.jobs.size(); ++i)
    entries.push_back({director_.jobs()[i].id, roster.jobs[i].interval});
  timetable_.set(entries, now());
  wake_for_next();
}

void Scheduler::stop() {
  stopped_ = true;
  due_timer_.cancel();
  deadline_timer_.cancel();
  for (auto& [id, run] : runs_) run->stop.emit(asio::cancellation_type::terminal);
}

void Scheduler::wake_for_next() {
  if (stopped_ || runs_.size() >= limit_) return;
  const auto next = timetable_.next();
  if (!next) return;
  due_timer_.expires_at(slice_full_ ? *next : std::max(*next, last_start_ + kMoment));
  due_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) start_due();
  });
}

void Scheduler::start_due() {
  if (stopped_ || runs_.size() >= limit_) return;
  const std::size_t room = std::min(kSlice, limit_ - runs_.size());
  last_start_ = now();
  const auto due = timetable_.take_due(last_start_, room);
  slice_full_ = due.size() == room;
  for (JobId job : due) launch(job);
  wake_for_next();
}

void Scheduler::launch(JobId job) {
  const TimePoint start = now();
  auto errand = director_.begin(job, start);
  if (!errand) {
    timetable_.finished(job, start);
    if (hooks_.on_result) hooks_.on_result();
    return;
  }
  const RunId id = next_run_++;
  auto run = std::make_shared<Run>();
  run->job = job;
  run->errand = std::move(*errand);
  run->started = start;
  runs_.emplace(id, run);
  attempt(id, run);
}

void Scheduler::attempt(RunId id, const std::shared_ptr<Run>& run) {
  run->deadline = now() + run->errand.limit;
  run->cancelled = false;
  deadlines_.emplace(run->deadline, id);
  if (deadlines_.begin()->second == id) wake_for_deadline();
  asio::co_spawn(executor_, checks::run_check(*run->errand.probe),
                 asio::bind_cancellation_slot(
                     run->stop.slot(), [this, alive = std::weak_ptr(alive_), id, run](
                                           std::exception_ptr failure, checks::Outcome outcome) {
                       if (alive.expired()) return;
                       if (failure) outcome = {false, "the check ended unexpectedly", {}};
                       ended(id, std::move(outcome));
                     }));
}

void Scheduler::ended(RunId id, checks::Outcome outcome) {
  auto found = runs_.find(id);
  if (found == runs_.end()) return;
  const std::shared_ptr<Run> run = found->second;
  deadlines_.erase({run->deadline, id});
  if (!outcome.up && !run->reported && !stopped_ && run->attempt < run->errand.attempts) {
    ++run->attempt;
    attempt(id, run);
    return;
  }
  const JobId job = run->job;
  report(*run, outcome);
  runs_.erase(found);
  timetable_.finished(job, now());
  wake_for_next();
}

void Scheduler::report(Run& run, const checks::Outcome& outcome) {
  if (stopped_ || std::exchange(run.reported, true)) return;
  const TimePoint at = now();
  director_.finish(run.job, outcome, at - run.started, at);
  if (hooks_.on_result) hooks_.on_result();
}

void Scheduler::wake_for_deadline() {
  if (deadlines_.empty() || stopped_) return;
  deadline_timer_.expires_at(deadlines_.begin()->first);
  deadline_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) expire();
  });
}

void Scheduler::expire() {
  const TimePoint at = now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= at) {
    const RunId id = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    auto found = runs_.find(id);
    if (found == runs_.end()) continue;
    Run& run = *found->second;
    if (run.cancelled) {  // it has not reacted: its verdict does not wait for it
      report(run, {false, "no answer, and the check could not be cancelled", {}});
      continue;
    }
    run.cancelled = true;
    run.deadline = at + kGrace;
    deadlines_.emplace(run.deadline, id);
    if (hooks_.on_timeout) hooks_.on_timeout(run.errand);
    run.stop.emit(asio::cancellation_type::terminal);
  }
  wake_for_deadline();
}

}  // namespace um::ldirectord
