// commands.hpp - the shell commands of a configuration: fallbackcommand, callback, execute.
//
// They run in the background, each queue one after the other in the order they were asked for, so
// that a `stop` never overtakes its `start`. Nothing waits for them but the next of their queue.
#pragma once
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/log.hpp"
#include "base/process.hpp"

namespace um::ldirectord {

class CommandQueues {
 public:
  CommandQueues(boost::asio::any_io_executor executor, Log& log)
      : executor_(std::move(executor)), log_(log), alive_(std::make_shared<bool>(true)) {}

  /// Appends to the queue of that name. A failure is logged in the old program's words.
  void add(const std::string& queue, std::vector<std::string> argv, std::string shown);
  /// A line for /bin/sh.
  void add_shell(const std::string& queue, const std::string& line);
  bool idle() const { return queues_.empty(); }

 private:
  struct Item {
    std::vector<std::string> argv;
    std::string shown;
  };
  void start_next(const std::string& queue);

  boost::asio::any_io_executor executor_;
  Log& log_;
  std::map<std::string, std::deque<Item>> queues_;  // the front one runs
  std::shared_ptr<bool> alive_;
};

/// A command of the configuration as the old program ran it: our environment, no input, no output.
Command quiet_command(std::vector<std::string> argv);

/// The sub-directors of `execute`. PROGRAM NAME VERB is run for each; the coroutines end when all
/// have been run.
class SubDirectors {
 public:
  SubDirectors(std::string program, Log& log) : program_(std::move(program)), log_(log) {}

  boost::asio::awaitable<void> start(std::set<std::string> names);
  /// Gone ones are stopped, kept ones reloaded (started when that fails), new ones started.
  boost::asio::awaitable<void> change(std::set<std::string> names);
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<bool> call(std::string name, std::string verb);

  std::string program_;
  Log& log_;
  std::set<std::string> names_;
};

}  // namespace um::ldirectord
