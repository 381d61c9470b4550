// roster.hpp - the configuration as the director works with it: virtual services with their place
// in the IPVS table, real servers, and the checks to run.
//
// make_roster() is pure. It resolves what is in force where (own setting, global one, default),
// computes table keys the way the kernel stores them, and folds equal checks into one Job that all
// its users share (spec ldirectord-runtime 1, decision L26). A real server listed twice in one
// virtual service counts once, the last line wins (L27).
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/check.hpp"
#include "ipvs/plan.hpp"
#include "ipvs/table.hpp"
#include "parsers/ldirectord_cf.hpp"
#include "parsers/ldirectord_cf_effective.hpp"

namespace um::ldirectord {

/// A real server of one virtual service.
struct RosterReal {
  std::string name;      // "192.168.6.1:80": address and port as the file gives them
  std::string identity;  // what the old program shared checks by; written to the monitor file
  ipvs::RealKey at;      // where the kernel keeps it: gate and ipip have the virtual's port
  ipvs::Real entry;      // its entry while it is up
  std::optional<std::size_t> job;  // index into Roster::jobs; none for checktype off
};

struct RosterFallback {
  std::string name;
  ipvs::RealKey at;
  ipvs::Real entry;
};

struct RosterVirtual {
  std::string name;      // "10.0.0.1:80", "5"
  std::string id;        // "tcp:10.0.0.1:80", "fwm6:5"
  std::string protocol;  // "tcp", "udp", "fwm"
  ipvs::ServiceKey key;
  ipvs::Settings settings;
  parsers::Effective rules;
  std::vector<RosterReal> reals;
  std::optional<RosterFallback> fallback;
  std::string monitor_file, service_name, comment;  // empty: none
};

/// One question asked again and again, and who waits for the answer.
struct Job {
  enum class Kind : std::uint8_t {
    kProbe,     // ask
    kCombined,  // N connects between two negotiates
    kAlwaysUp,  // checktype on, service none
    kNever      // cannot be asked: `reason` says why; always down
  };
  struct Use {
    std::size_t virtual_index = 0;
    std::size_t real_index = 0;
    bool operator==(const Use&) const = default;
  };

  Kind kind = Kind::kProbe;
  std::shared_ptr<const checks::Probe> probe;    // shared with the checks that run
  std::shared_ptr<const checks::Probe> connect;  // of kCombined, between two negotiates
  std::chrono::milliseconds limit{0};            // deadline of the probe
  std::chrono::milliseconds connect_limit{0};    // of the connects of kCombined
  std::chrono::milliseconds interval{0};
  std::uint32_t connects = 0;  // N of kCombined
  std::uint32_t attempts = 1;  // pings before it counts as failed
  bool monitored = true;       // writes lines to the monitor file
  std::string reason;
  std::vector<Use> uses;

  /// The same question, whoever uses it.
  bool same_question(const Job& other) const;
};
/// Equal for jobs that ask the same question.
std::size_t question_hash(const Job& job);

struct Roster {
  parsers::Globals globals;
  std::vector<RosterVirtual> virtuals;
  std::vector<Job> jobs;
  std::vector<std::string> complaints;  // log lines about what cannot work as configured

  ipvs::Scope scope() const;
};

Roster make_roster(const parsers::LdirectordConfig& config);

}  // namespace um::ldirectord
