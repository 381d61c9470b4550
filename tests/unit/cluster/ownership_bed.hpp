// ownership_bed.hpp - one Ownership alone, its peer played by the test, message by message.
//
//   Bed bed;                       // nodea under test, nodeb beside it, auto_failback on
//   bed.comm_up();
//   bed.hear("starting");          // from nodeb
//   EXPECT_EQ(bed.sent(), (Lines{"starting", "resource rsc_hold=none rtype=full isstable=0"}));
//
// Own broadcasts come back at once, as in the engine. Jobs end only when the test says so.
#pragma once
#include <deque>
#include <sstream>

#include <gtest/gtest.h>

#include "cluster/ownership.hpp"

namespace um::cluster::bed {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

inline wire::Message message_from(const std::string& text) {
  std::istringstream words(text);
  std::string word;
  words >> word;
  wire::Message message(word);
  while (words >> word) {
    auto equals = word.find('=');
    message.set(word.substr(0, equals), word.substr(equals + 1));
  }
  return message;
}

inline std::string text_of(const wire::Message& message) {
  std::string text(message.type());
  for (const wire::Field& field : message.fields())
    if (field.name != "t" && field.name != "src" && field.name != "seq" &&
        !field.name.starts_with("um"))
      text += " " + field.name + "=" + field.value;
  return text;
}

class View : public ClusterView {
 public:
  std::vector<NodeView> members;

  const std::string& self() const override { return members.front().name; }
  std::vector<NodeView> nodes() const override { return members; }
  NodeStatus status_of(std::string_view node) const override {
    for (const NodeView& one : members)
      if (one.name == node) return one.status;
    return NodeStatus::kDead;
  }
  bool is_new_pair(std::string_view node) const override {
    for (const NodeView& one : members)
      if (one.name == node) return one.new_pair;
    return false;
  }
  NodeView& at(const std::string& node) {
    for (NodeView& one : members)
      if (one.name == node) return one;
    throw std::invalid_argument(node);
  }
};

inline Config two_nodes(Failback failback = Failback::kOn) {
  Config config;
  config.node = "nodea";
  config.nodes = {{"nodea", NodeKind::kNormal}, {"nodeb", NodeKind::kNormal}};
  config.failback = failback;
  config.groups = {{"nodea", {"10.9.0.1", "A::x"}}, {"nodeb", {"10.9.0.2", "D"}}};
  config.pid = 8;
  return config;
}

class Bed {
 public:
  explicit Bed(Config config = two_nodes()) : config_(std::move(config)), own_(config_, view_) {
    for (const NodeConfig& node : config_.nodes) {
      NodeView one;
      one.name = node.name;
      one.kind = node.kind;
      one.status = node.kind == NodeKind::kPing ? NodeStatus::kPing : NodeStatus::kActive;
      one.heard = true;
      one.new_pair = true;
      view_.members.push_back(one);
    }
  }
  Bed(const Bed&) = delete;

  void comm_up() {
    own_.comm_up(now(), out_);
    drain();
  }
  void hear(const std::string& text, const std::string& from = "nodeb") {
    wire::Message message = message_from(text);
    message.set("src", from);
    if (!message.has("seq")) message.set_hex("seq", ++seq_);
    deliver(message);
  }
  /// A message of a command on this node.
  void command(const std::string& text) { hear(text, config_.node); }
  void dies(const std::string& node = "nodeb", bool heard = true) {
    view_.at(node).status = NodeStatus::kDead;
    own_.node_dead({node, view_.at(node).kind, heard}, now(), out_);
    drain();
  }
  void restarts(const std::string& node = "nodeb") {
    view_.at(node).status = NodeStatus::kUp;
    own_.node_restarted(node, now(), out_);
    drain();
  }
  void returns(const std::string& node = "nodeb") {
    view_.at(node).status = NodeStatus::kActive;
    own_.node_returned(node, now(), out_);
    drain();
  }
  void status(const std::string& node, NodeStatus to) {
    NodeStatus from = std::exchange(view_.at(node).status, to);
    own_.node_status_changed({node, from, to}, now(), out_);
    drain();
  }
  void stop() {
    own_.shutdown_requested(false, now(), out_);
    drain();
  }
  void pass(Duration time) {
    TimePoint end = time_ + time;
    for (auto next = own_.next_deadline(); next && *next <= end; next = own_.next_deadline()) {
      time_ = std::max(time_, *next);
      own_.tick(now(), out_);
      drain();
    }
    time_ = end;
    own_.tick(now(), out_);
    drain();
  }
  /// Ends the oldest running job.
  void finish(int exit_status = 0) {
    ASSERT_FALSE(running_.empty());
    std::uint64_t job = running_.front();
    running_.pop_front();
    own_.job_finished({job, exit_status}, now(), out_);
    drain();
  }
  void finish_all() {
    while (!running_.empty()) finish();
  }

  Lines sent() { return std::exchange(sent_, {}); }
  Lines log() { return std::exchange(log_, {}); }
  /// "take KEY", "give KEY", "script TYPE", "stonith NODE", "backup KEY".
  Lines jobs() { return std::exchange(jobs_, {}); }
  int announcements() { return std::exchange(announcements_, 0); }
  bool exited() const { return exited_; }
  std::size_t running() const { return running_.size(); }
  std::string status() const { return std::string(own_.rsc_status()); }
  void forget() {
    sent();
    log();
    jobs();
    announcements();
  }
  bool said(const std::string& line) { return std::ranges::find(log_, line) != log_.end(); }
  std::map<std::string, std::string> environment;  // of the last script
  View& view() { return view_; }
  Config& config() { return config_; }
  const Ownership& own() const { return own_; }
  std::int64_t unix_now() const { return now().unix_seconds; }

 private:
  Now now() const {
    return {time_,
            1'795'332'000 +
                std::chrono::duration_cast<std::chrono::seconds>(time_.time_since_epoch()).count()};
  }
  void deliver(const wire::Message& message) {
    own_.message(message, now(), out_);
    drain();
  }
  void drain() {
    for (Outbox::Item& item : out_.take()) {
      if (auto* broadcast = std::get_if<Broadcast>(&item)) {
        sent_.push_back(text_of(broadcast->message));
        wire::Message own = broadcast->message;
        own.set("src", config_.node);
        own.set_hex("seq", ++seq_);
        returning_.push_back(own);
      } else if (auto* action = std::get_if<Action>(&item)) {
        take(*action);
      }
    }
    if (draining_) return;
    draining_ = true;
    while (!returning_.empty()) {
      wire::Message own = returning_.front();
      returning_.pop_front();
      deliver(own);
    }
    draining_ = false;
  }
  void take(const Action& action) {
    static const std::map<LogLevel, std::string> kWords = {
        {LogLevel::kInfo, "info"}, {LogLevel::kWarn, "WARN"},   {LogLevel::kError, "ERROR"},
        {LogLevel::kCrit, "CRIT"}, {LogLevel::kDebug, "debug"}, {LogLevel::kNotice, "info"}};
    if (auto* line = std::get_if<Log>(&action)) {
      log_.push_back(kWords.at(line->level) + ": " + line->text);
    } else if (auto* job = std::get_if<StartJob>(&action)) {
      running_.push_back(job->job);
      std::string what = job->groups.empty() ? job->node : job->groups.front();
      switch (job->kind) {
        case JobKind::kTakeGroups: jobs_.push_back("take " + what); break;
        case JobKind::kGiveGroups: jobs_.push_back("give " + what); break;
        case JobKind::kStonith: jobs_.push_back("stonith " + what); break;
        case JobKind::kInitialStandby: jobs_.push_back("backup " + what); break;
        default:
          environment = job->environment;
          jobs_.push_back("script " + environment.at("HA_t"));
      }
    } else if (std::holds_alternative<AnnounceAddresses>(action)) {
      ++announcements_;
    } else if (std::holds_alternative<Exit>(action)) {
      exited_ = true;
    }
  }

  Config config_;
  View view_;
  Ownership own_;
  Outbox out_;
  TimePoint time_{1h};
  std::uint64_t seq_ = 0;
  bool draining_ = false;
  bool exited_ = false;
  int announcements_ = 0;
  std::deque<wire::Message> returning_;
  std::deque<std::uint64_t> running_;
  Lines sent_, log_, jobs_;
};

/// After a cold start together: nodea and nodeb hold their own groups.
struct BothLocal : Bed {
  explicit BothLocal(Config config = two_nodes()) : Bed(std::move(config)) {
    comm_up();
    hear("starting");
    hear("resource rsc_hold=none rtype=full isstable=0 umheld=- umtook=-");
    hear("resource rsc_hold=local rtype=full isstable=1 umheld=nodeb umtook=-");
    finish_all();
    forget();
  }
};

/// nodea alone; nodeb has died after a cold start together, and everything is here.
struct HolderOfAll : BothLocal {
  explicit HolderOfAll(Config config = two_nodes()) : BothLocal(std::move(config)) {
    dies();
    finish_all();
    forget();
  }
};

}  // namespace um::cluster::bed
