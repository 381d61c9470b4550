// director.hpp - the director without its clock, sockets and processes.
//
// A Director owns what is believed about every real server and keeps the kernel's table as policy
// wants it. It is told results of checks and the time; it reads and writes the table through
// ipvs::Kernel and everything else goes to Outside. Given the same calls it does the same things,
// so the recorded runs of the old program replay against it in virtual time.
//
// It never adds or removes: after whatever happened, settle() computes what each touched virtual
// service should be, compares it with what the kernel really has and carries out the difference.
// What the kernel refuses is logged once and tried again at every inspect() (decision L3).
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "checks/check.hpp"
#include "ipvs/kernel.hpp"
#include "ldirectord/health.hpp"
#include "ldirectord/policy.hpp"
#include "ldirectord/roster.hpp"
#include "ldirectord/words.hpp"

namespace um::ldirectord {

/// Something worth a mail to whoever looks after the virtual service.
struct Notice {
  enum class About : std::uint8_t { kBack, kLost, kOther };
  About about = About::kOther;
  std::string text;         // also the log line, but for "Readd "
  std::string server_name;  // "192.168.6.1:80"
  Phase phase = Phase::kRunning;
};

/// What the director asks of the world around it. Nothing here may block.
class Outside {
 public:
  virtual ~Outside() = default;
  virtual void log(std::string_view line) = 0;
  virtual void warn(std::string_view line) { log(line); }
  virtual void notify(const RosterVirtual& v, const Notice& notice) = 0;
  /// Runs fallbackcommand with "start" or "stop".
  virtual void fallback_command(const RosterVirtual& v, std::string_view verb) = 0;
  virtual void monitor(const RosterVirtual& v, const RosterReal& real, bool up,
                       std::string_view text) = 0;
  /// Whether maintenancedir has a file for this server.
  virtual bool in_maintenance(const RosterReal& real) = 0;
  /// What the operator asked for with `drain`, `disable`, `enable`.
  virtual Admin admin_of(const RosterVirtual& v, const RosterReal& real) = 0;
};

/// A question to ask now.
struct Errand {
  std::shared_ptr<const checks::Probe> probe;
  std::chrono::milliseconds limit{0};
  std::uint32_t attempts = 1;
};

using JobId = std::uint64_t;

/// What is known about one question; shared by all who use it.
struct JobState {
  JobId id = 0;
  std::uint32_t connects_done = 0;
  bool negotiate_due = true;
  bool negotiating = false;  // the check that runs now
  checks::Outcome last;
  std::optional<TimePoint> finished;
  TimePoint since{};  // of the first answer like the last one, up or down
  Duration latency{0};
  std::uint64_t runs = 0;
};

struct VirtualState {
  std::vector<Health> reals;             // as RosterVirtual::reals
  ipvs::Service wish;                    // what policy wanted at the last settle()
  std::optional<ipvs::Service> written;  // that, as far as the kernel took it; none: unknown
  bool fallback_allowed = false;         // its first results are in, or the time for them is over
  std::optional<FallbackUse> commanded;  // the last fallbackcommand
  std::set<std::string> refused;         // steps that the kernel refuses, already logged
  std::set<std::string> drifted;         // differences made by hand, already logged
  bool fresh = true;                     // not yet brought in line since start or reload
  bool dirty = true;
  TimePoint fallback_not_before{};
};

class Director {
 public:
  Director(ipvs::Kernel& kernel, Outside& outside) : kernel_(kernel), outside_(outside) {}

  /// Takes over the table as it is: servers found with weight count as up until a check fails
  /// (decision L2). Fails without a change when the table cannot be read.
  ipvs::Result<void> start(Roster roster, TimePoint now);
  /// The new configuration; what did not change keeps its state.
  ipvs::Result<void> reload(Roster roster, TimePoint now);
  /// Takes the virtual services out, unless cleanstop says otherwise.
  void stop();

  /// Before a check: nothing when nobody needs to be asked (checktype on, maintenance, disabled).
  std::optional<Errand> begin(JobId job, TimePoint now);
  void finish(JobId job, const checks::Outcome& outcome, Duration latency, TimePoint now);
  /// Brings the kernel in line with all that was learnt since the last call.
  void settle(TimePoint now);
  /// Once per check interval: rebuilds a virtual service that vanished, tries refused steps again,
  /// notices changes made by hand.
  void inspect(TimePoint now);
  /// When settle() has something to do although nothing happened: a fallback held back at start.
  std::optional<TimePoint> next_wakeup() const;
  /// Whether settle() has something to do now.
  bool unsettled() const {
    return touched_ || phase_ == Phase::kStarting || phase_ == Phase::kReloading;
  }

  void set_admin(std::size_t virtual_index, std::size_t real_index, Admin admin);

  /// Every virtual service has a server in service, or all its first results are in (L21).
  bool first_results_in() const;
  /// Connections per real server, asked from the kernel now; empty when it does not answer.
  ipvs::ConnectionTable connections() const;
  Phase phase() const { return phase_; }
  const Roster& roster() const { return roster_; }
  const std::vector<VirtualState>& virtuals() const { return virtuals_; }
  const std::vector<JobState>& jobs() const { return jobs_; }

 private:
  struct Change;
  struct Before;

  // director.cpp: configurations come and go, checks report
  void adopt(Roster roster, const ipvs::Table& current, TimePoint now);
  void adopt_jobs(const Roster& old_roster, const std::vector<JobState>& old_jobs);
  void adopt_virtual(std::size_t index, const Before& before, const ipvs::Service* current,
                     TimePoint now);
  void apply_result(std::size_t job, const checks::Outcome& outcome);
  void touch(VirtualState& state);
  void tell(const Job::Use& use, Effect effect, std::set<std::string_view>& reset);
  bool look_for_maintenance(const Job::Use& use);
  void monitor(std::size_t job, const checks::Outcome& outcome);
  void update_phase();
  bool results_complete(std::size_t v) const;

  // director_table.cpp: the kernel follows
  void reconcile(const std::set<std::size_t>& touched, TimePoint now);
  bool allow_fallback(std::size_t v, TimePoint now);
  ipvs::Service target(std::size_t v, const ipvs::Service* current);
  std::vector<Change> changes_of(std::size_t v, const std::vector<ipvs::Op>& ops,
                                 const std::vector<ipvs::Error>& errors);
  void remember(std::size_t v, const ipvs::Service* current, const std::vector<Change>& changes);
  void log_refusals(std::size_t v, const std::vector<Change>& changes);
  void announce(std::size_t v, bool existed, const std::vector<Change>& changes);
  void announce_real(std::size_t v, std::size_t r, const Change& change);
  void announce_fallback(const RosterVirtual& v, const Change& change);
  void notify(const RosterVirtual& v, Notice::About about, const std::string& text,
              const std::string& server_name);
  void command_fallback(std::size_t v);
  void note_drift(std::size_t v, const ipvs::Service& current);
  void purge_old(const Roster& old_roster);
  void stop_virtual(std::size_t v, const ipvs::Table& current, std::set<std::string>& purged);
  void report_unreadable(const ipvs::Error& error);

  ipvs::Kernel& kernel_;
  Outside& outside_;
  Roster roster_;
  std::vector<VirtualState> virtuals_;
  std::vector<JobState> jobs_;
  std::unordered_map<JobId, std::size_t> job_of_id_;
  Phase phase_ = Phase::kStarting;
  JobId next_job_ = 1;
  std::uint64_t order_ = 0;
  bool unreadable_logged_ = false;
  bool touched_ = true;  // some virtual service is dirty
};

}  // namespace um::ldirectord
