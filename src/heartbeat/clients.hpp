// clients.hpp - the programs that ha.cf keeps running: `respawn` and `failfast` lines.
//
// Spec ha-cf 3.3: started in file order when communication is up, each as its user in its own
// process group; restarted when it ends, from the second time on after a second; given up after
// more than ten lives in a row shorter than 30 s, or at exit code 100. Stopped in reverse order,
// one at a time, each waited for.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/log.hpp"
#include "base/process.hpp"
#include "parsers/ha_cf.hpp"

namespace um::heartbeat {

struct ClientState {
  std::string command;
  pid_t pid = 0;          // 0: not running
  bool given_up = false;  // respawning too fast, or exit code 100
  int short_lives = 0;
};

class Clients {
 public:
  struct Hooks {
    std::function<void()> starting;  // before each start (decision W5)
    std::function<void(pid_t pid)> ended;
    std::function<void()> failed_fast;  // a failfast client died: the machine must go
    std::function<Environment()> environment;
  };

  Clients(boost::asio::any_io_executor executor, std::string directory, Hooks hooks, Log& log);
  ~Clients();
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  void start(const std::vector<parsers::ClientLine>& lines);
  /// A reload: lines that are gone are stopped, new ones started, equal ones left alone.
  void change(const std::vector<parsers::ClientLine>& lines);
  /// `stopped` is called when the last one is gone, at once when there is none.
  void stop(std::function<void()> stopped);

  std::vector<ClientState> states() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace um::heartbeat
