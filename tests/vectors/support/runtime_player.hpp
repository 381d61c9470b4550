// runtime_player.hpp - plays one recorded scenario of the old director with ours, in virtual time.
//
// A pass over all checks is one second of the recording (its checkinterval). Real servers, helper
// scripts and addresses answer from the scenario's own description; nothing real is touched.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ldirectord/alerts.hpp"
#include "ldirectord/config_watch.hpp"
#include "ldirectord/director.hpp"
#include "tests/unit/ipvs/memory_kernel.hpp"

namespace um::ldirectord {

/// An ipvsadm command with its options in one order and its defaults left out, for comparing.
std::string canonical(const std::string& command);

struct PlayedStep {
  std::vector<std::string> ops;    // canonical; with those that the kernel refused
  std::vector<std::string> table;  // canonical `ipvsadm -S -n` lines
  std::vector<std::string> log;
  std::vector<std::string> output;  // of helper scripts
};

class RuntimePlayer {
 public:
  explicit RuntimePlayer(const nlohmann::json& scenario);
  ~RuntimePlayer();

  PlayedStep play(const nlohmann::json& actions);
  /// The recording ran it in the foreground, so its output is the log.
  bool foreground() const { return foreground_; }

 private:
  class Kernel;
  class Instance;

  void act(const nlohmann::json& action);
  void command(const std::string& verb);
  void start(const std::string& name);
  void reload(const std::string& name);
  void stop(const std::string& name, const std::string& signal);
  void pass();
  checks::Outcome answer(const checks::Probe& probe) const;
  checks::Outcome answer_http(const checks::Probe& probe) const;
  checks::Outcome answer_script(const checks::Probe& probe) const;
  bool address_exists(const std::string& address) const;

  std::unique_ptr<Kernel> kernel_;
  std::map<std::string, std::unique_ptr<Instance>> instances_;  // "" is the main one
  std::map<std::string, nlohmann::json> servers_;
  std::map<std::string, std::string> files_;
  std::set<std::string> missing_addresses_;
  std::vector<std::string> log_;
  std::vector<std::string> output_;
  TimePoint now_{};
  std::int64_t modified_ = 1;
  bool foreground_ = false;
};

}  // namespace um::ldirectord
