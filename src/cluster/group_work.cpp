#include "cluster/group_work.hpp"

#include <chrono>
#include <utility>

namespace um::cluster {

using namespace std::chrono_literals;

std::string_view to_string(AgentAction action) {
  switch (action) {
    case AgentAction::kStart: return "start";
    case AgentAction::kStop: return "stop";
    case AgentAction::kStatus: return "status";
  }
  return "status";
}

std::string logged_arguments(const parsers::Resource& resource) {
  const std::string& word = resource.word;
  std::size_t colons = word.find("::");
  if (colons == std::string::npos) return resource.agent == word ? std::string() : word;
  std::string text = word.substr(colons + 2);
  for (std::size_t at = text.find("::"); at != std::string::npos; at = text.find("::", at + 1))
    text.replace(at, 2, " ");
  return text;
}

GroupWork::GroupWork(Verb verb, parsers::ResourceGroup group, Options options, Locate locate)
    : group_(std::move(group)), options_(options), locate_(std::move(locate)) {
  if (verb == Verb::kTake)
    enter_take();
  else
    enter_give();
}

std::vector<Log> GroupWork::take_log() {
  return std::exchange(log_, {});
}

void GroupWork::enter_take() {
  log(LogLevel::kInfo, "Acquiring resource group: " + group_.text());
  stage_ = group_.resources.empty() ? Stage::kDone : Stage::kTakeStatus;
}

void GroupWork::enter_give() {
  log(LogLevel::kInfo, "Releasing resource group: " + group_.text());
  at_ = group_.resources.size();
  give_next();
}

GroupWork::Step GroupWork::next() {
  if (std::exchange(reboot_, false)) {
    Reboot reboot{member().word};
    give_next();
    return reboot;
  }
  if (std::exchange(pause_, false)) {
    retrying_ = true;
    return Pause{1s};
  }
  switch (stage_) {
    case Stage::kTakeStatus:
    case Stage::kStopStatus: return call(AgentAction::kStatus);
    case Stage::kTakeStart: return call(AgentAction::kStart);
    case Stage::kStop: return call(AgentAction::kStop);
    case Stage::kDone: break;
  }
  return result_;
}

GroupWork::Step GroupWork::call(AgentAction action) {
  const parsers::Resource& resource = member();
  if (std::exchange(retrying_, false))
    log(LogLevel::kInfo, "Retrying failed stop operation [" + resource.word + "]");
  script_ = locate_(resource.agent);
  if (script_.empty()) {
    std::string missing = "Cannot locate resource script " + resource.agent;
    log(LogLevel::kError, missing);
    if (action != AgentAction::kStatus) log(LogLevel::kError, missing);  // it looks twice
    finished(1, "");
    return next();
  }
  if (action != AgentAction::kStatus)
    log(LogLevel::kInfo, "Running " + script_ + " " + logged_arguments(resource) + " " +
                             std::string(to_string(action)));
  return RunAgent{&resource, script_, action};
}

void GroupWork::finished(int exit_status, std::string_view output) {
  switch (stage_) {
    case Stage::kTakeStatus: on_take_status(parsers::owned_by_status_output(output)); break;
    case Stage::kTakeStart: on_start(exit_status); break;
    case Stage::kStop: on_stop(exit_status); break;
    case Stage::kStopStatus: on_stop_status(parsers::owned_by_status_output(output)); break;
    case Stage::kDone: break;
  }
}

void GroupWork::on_take_status(bool owned) {
  if (owned)
    take_next();
  else
    stage_ = Stage::kTakeStart;
}

void GroupWork::on_start(int exit_status) {
  if (exit_status == 0) {
    take_next();
    return;
  }
  if (!script_.empty())
    log(LogLevel::kError, "Return code " + std::to_string(exit_status) + " from " + script_);
  if (options_.start_failure_continues) {
    take_next();
    return;
  }
  log(LogLevel::kCrit, "Giving up resources due to failure of " + member().word);
  result_.started = false;
  result_.failed = member().word;
  enter_give();
}

void GroupWork::take_next() {
  stage_ = ++at_ < group_.resources.size() ? Stage::kTakeStatus : Stage::kDone;
}

void GroupWork::on_stop(int exit_status) {
  if (exit_status == 0) {
    give_next();
    return;
  }
  last_stop_status_ = exit_status;
  if (!script_.empty())
    log(LogLevel::kError, "Return code " + std::to_string(exit_status) + " from " + script_);
  if (options_.stop_retries > 0 && retries_ >= options_.stop_retries) {
    stage_ = Stage::kStopStatus;
    return;
  }
  ++retries_;
  pause_ = true;
}

void GroupWork::on_stop_status(bool owned) {
  const std::string& word = member().word;
  if (!owned) {
    log(LogLevel::kError, "Resource script for " + word + " probably not LSB-compliant.");
    log(LogLevel::kWarn, "it (" + word + ") MUST succeed on a stop when already stopped");
    log(LogLevel::kWarn, "Machine reboot narrowly avoided!");
    give_next();
    return;
  }
  log(LogLevel::kError, "resource " + word + " is still active after " +
                            std::to_string(retries_ + 1) + " attempts to stop it");
  log(LogLevel::kCrit, "Resource STOP failure. Reboot required!");
  log(LogLevel::kCrit, "Killing heartbeat ungracefully!");
  if (result_.started) result_.exit_status = last_stop_status_;
  reboot_ = true;
}

void GroupWork::give_next() {
  retries_ = 0;
  if (at_ == 0) {
    stage_ = Stage::kDone;
    return;
  }
  --at_;
  stage_ = Stage::kStop;
}

}  // namespace um::cluster
