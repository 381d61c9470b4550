// ownership.hpp - which node runs which resource group (spec heartbeat-resources 6, decisions R).
//
// Deterministic and without I/O: it hears of the cluster through the calls below, asks for jobs and
// broadcasts through the Outbox, and keeps book. Own broadcasts come back through message(), and
// much of the protocol lives on that: what is broadcast is done by all in the same order, here too.
//
// What it promises: a group's starts and stops are one queue (R2), so no group is started and
// stopped at the same time on a node, and the last decision wins. Messages on the wire are those of
// heartbeat 3.0.6, type by type and field by field; `um...` fields are added for new pairs only to
// read (G7). Script results never change `mine`: that is responsibility, not state (R8).
//
// What of the old script chain is done natively. 3.0.6 took its groups by a chain of scripts
// (req_resource -> ip-request-resp -> rc.d/ip-request-resp -> ResourceManager takegroup; a death
// -> rc.d/status -> mach_down -> ResourceManager takegroup). Here each link whose rc.d script is
// the shipped one is a step of ours with the same messages and log lines, in the same order: one
// job kTakeGroups or kGiveGroups per group. Config::rc_scripts names the rc.d scripts that must be
// run: those the user added or changed. A changed `status`, `ip-request` or `ip-request-resp` is
// run as a job that nothing else overlaps, because it starts and stops groups itself. A
// `local_giveip` of the user makes `ip-request` such a script too: only the script calls it.
//
// Jobs: kTakeGroups ends with 0, or with another status when the group could not be started and has
// been released again (R7); kGiveGroups' status is ignored, the runner has done what R10 says.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "cluster/holdings.hpp"
#include "cluster/outbox.hpp"
#include "cluster/work_queue.hpp"

namespace um::cluster {

/// What a node believes about one group from the jobs it ran. Kept for explanations and for not
/// asking twice; decisions follow the sets, as on the wire.
enum class GroupState : std::uint8_t { kIdle, kRequested, kStarting, kHeld, kStopping, kFailed };
std::string_view to_string(GroupState state);

struct GroupStatus {
  std::string key;
  std::string node;  // where haresources wants it
  GroupState state = GroupState::kIdle;
  TimePoint since{};
};

class Ownership {
 public:
  /// Both references must outlive it. `config` may change between calls (reconfigured()).
  Ownership(const Config& config, const ClusterView& cluster);

  /// Communication is up; nodes that were declared dead before were told before.
  void comm_up(Now now, Outbox& out);
  /// Every accepted cluster message but NS_ types; `message.get("src")` is the sender, maybe
  /// ourselves.
  void message(const wire::Message& message, Now now, Outbox& out);
  void node_dead(const NodeDied& node, Now now, Outbox& out);
  /// A higher generation of a node that had not been declared dead, or came back after it.
  void node_restarted(std::string_view node, Now now, Outbox& out);
  /// Same generation after it had been declared dead: a partition has healed (decision R3).
  void node_returned(std::string_view node, Now now, Outbox& out);
  void node_status_changed(const NodeStatusChanged& change, Now now, Outbox& out);
  void job_finished(const JobFinished& job, Now now, Outbox& out);
  /// Releases everything, then broadcasts `shutdone`; the engine does the rest (wire 7.6 steps 4
  /// and 5). Waits for running scripts and for a peer in transition, as the old daemon.
  void shutdown_requested(bool restart, Now now, Outbox& out);
  void reconfigured(Now now, Outbox& out);

  void tick(Now now, Outbox& out);
  /// When tick() must come next; nothing when only an event can change something.
  std::optional<TimePoint> next_deadline() const;

  /// The word of `cl_status rscstatus`: none, local, foreign, all, transition.
  std::string_view rsc_status() const;
  /// What this node is responsible for: to be saved at each change and given back after a crash of
  /// the engine as Config::held_at_start (decision H28).
  Holdings mine() const;
  std::vector<GroupStatus> groups() const;

 private:
  // The states of spec 6; their numbers appear in log lines.
  enum class State : std::uint8_t {
    kInit,
    kStarting,
    kBothStarting,
    kResourcesReceived,
    kStable,
    kShutdown,
  };
  enum class Phase : std::uint8_t { kNot, kMe, kOther, kDone };

  using Nodes = std::set<std::string, std::less<>>;

  struct Peer {
    Nodes homes;  // whose groups it says it runs
    Nodes took;   // of these: acquired by takeover, as a new pair says (R3)
    bool stable = false;
    bool released = false;       // holds nothing, and said so in a way that can be trusted (R11)
    bool said_starting = false;  // since it (re)started
    bool said_holdings = false;  // since it (re)started
    bool said_shutdone = false;  // since it (re)started
    bool returned = false;       // from a partition; its end has not been heard of yet (R3)
    bool takeover_suspended = false;  // until it has said what it holds
    bool told_of_conflict = false;    // we keep a set that it holds too
    std::uint64_t resource_seq = 0;   // number of its newest `resource`
    std::uint64_t newest_seq = 0;     // of its newest message of this protocol
  };

  struct Standby {
    Phase phase = Phase::kNot;
    std::optional<TimePoint> until;
    Holdings set = Holdings::kAll;  // sb_type: keeps its last value, as the old program's
    std::string partner;
    std::uint64_t asked_at_seq = 0;  // number of the partner's `me`
    bool partner_releases = false;   // its `resource ... info=standby` has come
    std::optional<WorkQueue::Id> work;
  };

  /// A `me` that we answer when our own work is done (R2).
  struct UnansweredRequest {
    std::string from;
    Holdings set = Holdings::kAll;
    std::uint64_t seq = 0;
    TimePoint until{};
  };

  enum class Purpose : std::uint8_t {
    kTakeover,        // mach_down
    kTakeoverScript,  // the user's rc.d/status with a dead node
    kOwnGroup,        // ip-request-resp
    kOwnGroupScript,  // the user's rc.d/ip-request-resp
    kGiveToPeer,      // ip-request
    kStandbyRelease,
    kStandbyAcquire,
    kYield,  // a set that we stop and nobody waits for
    kShutdown,
    kScript,
    kInitialStandby,
  };
  struct Task {
    Purpose purpose = Purpose::kScript;
    std::string node{};               // taken from, given to
    Holdings set = Holdings::kNone;   // in our own words
    std::vector<std::string> keys{};  // kOwnGroup..., kGiveToPeer
    bool owned = false;               // kGiveToPeer: the group was here
  };

  struct RunningJob {
    JobKind kind = JobKind::kTakeGroups;
    std::string group;
    TimePoint since{};
    TimePoint warn_at{};
  };

  struct FailedStart {
    std::optional<TimePoint> ask_at;
    std::optional<TimePoint> asked;
    std::optional<TimePoint> remind_at;
  };

  struct Fence {
    std::uint64_t job = 0;  // 0: waiting for the next try
    TimePoint again{};
  };

  static constexpr Duration kStandbyPatience = std::chrono::hours(1);
  static constexpr Duration kHandOverAfter = std::chrono::seconds(30);
  static constexpr Duration kUnownedFor = std::chrono::seconds(2);
  static constexpr Duration kSlowJob = std::chrono::seconds(60);
  static constexpr Duration kSlowJobAgain = std::chrono::minutes(5);

  // ---- ownership.cpp: entry, book-keeping, broadcasts
  bool nice() const { return config_.failback != Failback::kLegacy; }
  bool is_self(std::string_view node) const { return node == config_.node; }
  bool leaving() const { return shutdown_wanted_; }
  bool live(std::string_view node) const;
  std::vector<std::string> live_peers() const;
  bool peer_stable() const;
  void set_all_peers_stable(bool stable);
  bool peer_holds(std::string_view home) const;
  Nodes homes_in(Holdings set) const;
  void give_up_homes(Holdings set);
  bool stable() const;
  bool may_say_stable() const;
  bool runs_script(std::string_view type) const;
  std::vector<std::string> keys_of(Holdings set) const;
  std::vector<std::string> keys_of_node(std::string_view node) const;
  const ResourceGroup* group_of(std::string_view key) const;
  Holdings set_of(std::string_view key) const;
  GroupState state_of(std::string_view key) const;
  void set_state(std::string_view key, GroupState state, Now now);
  wire::Message resource_message(bool stable, std::string_view info) const;
  void send_held(bool stable, Outbox& out);
  void send_request(Holdings set, std::string_view info, Outbox& out);
  void note_sequence(const wire::Message& message);
  bool is_newest(const wire::Message& message) const;
  void after_event(Now now, Outbox& out);
  WorkQueue::Id begin(Task task, WorkQueue::Operation operation);
  WorkQueue::Id work(Task task, JobKind kind, const std::vector<std::string>& keys,
                     WorkQueue::Lane lane);
  void pump(Now now, Outbox& out);
  void on_began(const Task& task, Outbox& out);
  void on_step_starts(const WorkQueue::StepStarts& start, Now now, Outbox& out);
  void on_step_ended(const WorkQueue::Finished& finished, const JobFinished& job, Now now);
  void on_ended(const Task& task, Now now, Outbox& out);
  void warn_of_slow_jobs(Now now, Outbox& out);

  // ---- ownership_start.cpp: from communication up to the first groups
  void on_comm_up_says_starting(Outbox& out);
  void on_starting(const wire::Message& message, Now now, Outbox& out);
  void on_resource(const wire::Message& message, Now now, Outbox& out);
  void note_holdings(const wire::Message& message, Outbox& out);
  Nodes homes_said(const wire::Message& message, Holdings holds) const;
  void on_resource_from_other(const wire::Message& message, Now now, Outbox& out);
  void on_peer_became_stable_before_us(Now now, Outbox& out);
  void on_resource_from_self(const wire::Message& message, Now now, Outbox& out);
  void settle_if_everybody_is_idle(Outbox& out);
  void settle(Outbox& out);
  void acquire_own(bool force, Outbox& out);
  void request_own_groups(Now now, Outbox& out);
  void acquire_orphaned_own(Outbox& out);
  void own_work_done(std::string_view why, Outbox& out);
  void foreign_work_done(std::string_view why, Outbox& out);
  void announce_initial_acquisition(std::string_view why, Outbox& out);
  void start_sync_backup();
  void audit(Now now, Outbox& out);
  void report_unowned(Now now, Outbox& out);

  // ---- ownership_takeover.cpp: a node left, died, or came back
  void on_dead_node(const NodeDied& node, Outbox& out);
  void on_dead_node_had_released(const std::string& node, Outbox& out);
  void on_shutdone_from_other(std::string_view node, Now now, Outbox& out);
  bool takes_over_duty(std::string_view node) const;
  void forget_holdings_of(const std::string& node);
  void take_over(const std::string& node, Outbox& out);
  void on_takeover_complete(const std::string& node, Outbox& out);
  void fence(const std::string& node, Outbox& out);
  bool on_fence_finished(const JobFinished& job, Now now, Outbox& out);
  void retry_fences(Now now, Outbox& out);
  void on_peer_began_anew(std::string_view node, Now now, Outbox& out);
  void on_partition_healed(std::string_view node, Now now, Outbox& out);
  void resolve_split_brain(const wire::Message& message, Now now, Outbox& out);
  Nodes homes_lost_to(std::string_view name, const Peer& peer) const;
  void yield(const Nodes& homes, Outbox& out);
  void suspend_takeovers(Peer& peer);
  void resume_takeovers(const std::string& node, Outbox& out);
  void drop_takeovers_of(const Nodes& homes);
  Nodes homes_to_take(const std::string& node) const;
  std::vector<std::string> keys_of_nodes(const Nodes& homes) const;
  void keep(Now now);
  void announce_again_after(Duration delay, Now now);
  void announce_if_due(Now now, Outbox& out);

  // ---- ownership_standby.cpp: ask_resources and automatic failback
  void on_ask_resources(const wire::Message& message, Now now, Outbox& out);
  void on_me(const wire::Message& message, Now now, Outbox& out);
  void on_me_from_self(Holdings set, Now now, Outbox& out);
  bool is_outdated(const wire::Message& message) const;
  Holdings set_in(const wire::Message& message, Outbox& out) const;
  void enter_standby(Phase phase, Holdings set, std::string_view who, Duration patience, Now now,
                     Outbox& out);
  void answer_when_idle(Now now, Outbox& out);
  void on_other_from_peer(const std::string& from, Now now, Outbox& out);
  void on_done_after_release(Now now, Outbox& out);
  void on_done_lets_us_acquire(const std::string& from, Now now, Outbox& out);
  void acquire_for_standby(Holdings set, Now now);
  std::vector<std::string> keys_to_acquire(Holdings ours) const;
  void on_done_ends_standby(const std::string& from, Outbox& out);
  void cancel_standby();
  void leave_standby_but_finish_work();
  void partner_says_stable(std::string_view from, std::uint64_t seq, Now now);
  void expire_standby(Now now, Outbox& out);
  void want_failback(Now now);
  void failback_when_possible(Now now, Outbox& out);
  bool ready_to_ask() const;
  void on_start_failed(const std::string& key, Now now);
  void hand_over_failed_groups(Now now, Outbox& out);
  void forget_failures_in(Holdings set);
  void ask_to_take_failed(const std::string& key, Now now, Outbox& out);

  // ---- ownership_scripts.cpp: what rc.d scripts do
  void on_ip_request(const wire::Message& message);
  void give_to_peer(const std::string& node, const std::vector<std::string>& keys);
  void answer_ip_request(const std::string& key, const std::string& to, bool owned, Outbox& out);
  void on_ip_request_resp(const wire::Message& message, Outbox& out);
  bool everybody_has_answered(const wire::Message& message, const std::string& key);
  void on_hb_takeover(const wire::Message& message, Outbox& out);
  void on_message_for_scripts(const wire::Message& message);
  void run_script(const wire::Message& message, bool exclusive, Task task);
  void run_status_script_for_dead(const std::string& node, bool ping, Task task);
  bool knows_new_pair() const;
  int active_nodes() const;

  // ---- ownership_shutdown.cpp
  void drop_starts_not_begun();
  void try_shutdown(Outbox& out);
  bool may_leave() const;
  void delay_shutdown(std::string_view why, Outbox& out);
  void begin_shutdown(Outbox& out);
  void on_everything_released(Outbox& out);

  const Config& config_;
  const ClusterView& cluster_;
  WorkQueue queue_;
  std::map<WorkQueue::Id, Task> tasks_;
  std::map<std::uint64_t, RunningJob> running_;
  std::map<std::string, GroupStatus, std::less<>> groups_;
  std::map<std::string, Peer, std::less<>> peers_;

  State state_ = State::kInit;
  Nodes homes_;  // the nodes whose groups are ours to run; `mine` of the spec is derived from it
  Nodes took_;   // of these: acquired by takeover, and no peer has agreed to it since (R3)
  bool comm_up_ = false;
  bool takeover_running_ = false;
  bool owe_stable_ = false;  // said "not stable" only because of our own work
  bool own_request_pending_ = false;
  std::map<std::string, std::set<std::string>> answered_;  // ip-request, by key
  std::string audit_found_;
  std::optional<TimePoint> unowned_report_at_;
  std::vector<NodeDied> dead_before_comm_up_;
  std::optional<TimePoint> settle_at_;
  bool settle_timer_used_ = false;

  Standby standby_;
  std::optional<UnansweredRequest> unanswered_;
  bool failback_wanted_ = false;
  std::optional<TimePoint> failback_at_;
  bool failback_due_ = false;
  std::map<std::string, FailedStart, std::less<>> failed_;

  std::map<std::string, Fence, std::less<>> fences_;
  std::vector<TimePoint> announce_at_;

  bool own_work_done_ = false, foreign_work_done_ = false, announced_ = false;
  bool shutdown_wanted_ = false, shutdown_begun_ = false, shutdown_restarts_ = false;
  std::string shutdown_delay_;  // the last reason logged
  std::optional<TimePoint> shutdown_patience_;
  bool shutdown_impatient_ = false;
  std::optional<TimePoint> emergency_at_;
};

}  // namespace um::cluster
