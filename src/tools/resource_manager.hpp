// resource_manager.hpp - ResourceManager: haresources as a command (spec heartbeat-resources 4).
//
//   listkeys NODE | allkeys | ourkeys | otherkeys     which groups there are
//   takegroup KEY | givegroup KEY                     start or stop one, as the daemon does
//   status RESOURCE                                   0 when it is active, else 3
//   verifyallidle                                     complain of every group that is active
//
// Output and exit codes are those of 3.0.6. takegroup and givegroup use the daemon's own dialogue
// (cluster/group_work.hpp) but know nothing of what the daemon is doing: they are for rc.d scripts,
// which the daemon runs alone, and for people when heartbeat is stopped.
#pragma once
#include <string>
#include <vector>

#include "base/machine.hpp"
#include "base/process.hpp"
#include "cluster/events.hpp"
#include "cluster/group_work.hpp"
#include "heartbeat/paths.hpp"
#include "parsers/haresources.hpp"
#include "tools/run_and_wait.hpp"

namespace um::tools {

class ResourceManager {
 public:
  struct Setup {
    heartbeat::Paths paths;
    std::string program = "/usr/share/heartbeat/ResourceManager";  // as called: argv[0]
    Environment environment;                                       // of the scripts
    std::string node;                                              // HA_CURHOST, lower case
  };
  /// From the environment: HA_DIR, HA_CURHOST, HA_DEBUGLOG, HA_STOPRETRYMAX, HA_FIFO.
  static Setup setup_from_environment(std::string program);

  ResourceManager(Setup setup, const Machine& machine);
  virtual ~ResourceManager() = default;

  /// Returns the exit status.
  int run(const std::vector<std::string>& arguments);

  int take_group(const std::string& key);
  int give_group(const std::string& key);
  /// Of one resource word.
  bool is_owned(const std::string& word);
  const std::string& node() const { return setup_.node; }
  const parsers::Haresources& resources() const { return resources_; }
  std::vector<std::string> keys_of(const std::string& node_pattern) const;

 protected:
  // What tests replace.
  virtual Ran run_agent(const Command& command, cluster::AgentAction action);
  virtual void log(const std::string& text);
  virtual void pause(Duration length);
  virtual void reboot();

 private:
  int usage() const;
  void print_lines_of(bool ours) const;
  int verify_all_idle();
  int work(cluster::GroupWork::Verb verb, const std::string& key);
  Ran call(const std::string& script, const parsers::Resource& resource,
           cluster::AgentAction action);
  std::string script_of(std::string_view agent) const;

  Setup setup_;
  const Machine& machine_;
  parsers::Haresources resources_;
};

}  // namespace um::tools
