// ipfail - moves the groups to the node that reaches more ping nodes; see ipfail.hpp.
//
// Started by heartbeat: `respawn hacluster /usr/libexec/heartbeat/ipfail`. Signs on under its name,
// lives as long as the connection (decision A7). Exit codes: heartbeat-api 10.1; 100 asks heartbeat
// not to start it again.
#include <csignal>
#include <cstdlib>
#include <iostream>

#include <unistd.h>

#include "clientapi/client.hpp"
#include "tools/ipfail.hpp"

namespace {

using namespace um;
using namespace std::chrono_literals;
using clientapi::Answer;
using clientapi::Client;

constexpr int kCannotSignOn = 1, kCallFailed = 2, kHeartbeatGone = 1, kNeverAgain = 100;
constexpr auto kAnswerLimit = 10s;

volatile std::sig_atomic_t stop_requested = 0;

clientapi::Deadline within(std::chrono::milliseconds limit) {
  return std::chrono::steady_clock::now() + limit;
}

class Connection final : public tools::IpfailHeartbeat {
 public:
  std::vector<Node> nodes() override {
    std::vector<Node> all;
    for (const auto& frame : client.request("nodelist", {}, within(kAnswerLimit)).frames)
      all.push_back({std::string(frame.get("node")), std::string(frame.get("nodetype")),
                     std::string(frame.get("st"))});
    return all;
  }
  std::string resources() override {
    return client.request("getrsc", {}, within(kAnswerLimit)).get("rsc_hold");
  }
  void send(wire::Message message) override { client.send(message); }

  Client client;
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// Heartbeat tells its children where its own log goes (heartbeat-api 7).
LogSettings log_settings() {
  LogSettings settings;
  settings.entity = "ipfail";
  settings.logfile = environment("HA_LOGFILE");
  settings.debugfile = environment("HA_DEBUGLOG");
  settings.debug_level = std::atoi(environment("HA_debug").c_str());
  settings.facility = syslog_facility(environment("HA_LOGFACILITY"));
  settings.to_stderr = ::isatty(STDERR_FILENO);
  return settings;
}

bool is_word(const std::string& value, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) {
    return std::ranges::equal(value, word,
                              [](unsigned char a, char b) { return std::tolower(a) == b; });
  });
}

// Nothing when ipfail cannot work with it: the reason has been logged.
std::optional<bool> auto_failback(Connection& heartbeat, Log& log) {
  Answer answer = heartbeat.client.request(
      "getparm", {{"pname", "auto_failback", wire::FieldType::kString}}, within(kAnswerLimit));
  std::string value = answer.get("pvalue");
  if (value.empty()) {
    log.error("Couldn't get auto_failback setting.");
    return false;
  }
  if (is_word(value, {"legacy"})) {
    log.error("auto_failback set to incompatible legacy option.");
    return std::nullopt;
  }
  bool on = is_word(value, {"on", "yes", "true", "y", "1"});
  if (!on && !is_word(value, {"off", "no", "false", "n", "0"})) {
    log.error(" invalid auto_faiback value({})", value);
    return std::nullopt;
  }
  log.debug("auto_failback -> {} ({})", on ? 1 : 0, value);
  return on;
}

int serve(Connection& heartbeat, tools::IpfailSettings settings, Log& log) {
  tools::Ipfail ipfail(std::move(settings), heartbeat,
                       [&](LogLevel level, const std::string& text) { log.write(level, text); });
  ipfail.start();
  log.debug("Waiting for messages...");
  while (!stop_requested && heartbeat.client.connected()) {
    TimePoint now = read_clock().monotonic;
    ipfail.tick(now);
    TimePoint until = std::min(now + 1s, ipfail.next_deadline().value_or(now + 1s));
    if (auto message = heartbeat.client.next_message(until))
      ipfail.message(*message, read_clock().monotonic);
  }
  if (stop_requested) {
    heartbeat.client.sign_off();
    return 0;
  }
  log.error("Heartbeat has gone. Exiting.");
  return kHeartbeatGone;
}

int run(Log& log) {
  log.debug("PID={}", ::getpid());
  log.debug("Signing in with heartbeat");
  Connection heartbeat;
  Answer signed_on = heartbeat.client.sign_on("ipfail", within(kAnswerLimit));
  if (!signed_on.ok()) {
    log.error("Cannot sign on with heartbeat");
    log.error("REASON: {}", signed_on.info);
    return kCannotSignOn;
  }
  if (heartbeat.client.request("getrsc", {}, within(kAnswerLimit)).failure ==
      clientapi::Failure::kRefused) {
    log.error("No managed resources");
    return kNeverAgain;
  }
  auto failback = auto_failback(heartbeat, log);
  if (!failback) return kNeverAgain;
  log.debug("Setting message filter mode");
  bool ready =
      heartbeat.client
          .request("setfilter", {{"fmask", "1", wire::FieldType::kString}}, within(kAnswerLimit))
          .ok() &&
      heartbeat.client
          .request("setsignal", {{"signal", "0", wire::FieldType::kString}}, within(kAnswerLimit))
          .ok();
  if (!ready) {
    log.error("Cannot set up the connection with heartbeat");
    return kCallFailed;
  }
  std::uint64_t keepalive = signed_on.frames.at(0).hex("keepalive").value_or(1000);
  return serve(heartbeat,
               {heartbeat.client.node(), *failback, std::chrono::milliseconds(keepalive)}, log);
}

}  // namespace

int main() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_requested = 1; };  // no SA_RESTART: poll() must end
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  Log log(log_settings());
  return run(log);
}
