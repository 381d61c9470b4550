// Spec heartbeat-resources 3: the dialogue with a group's scripts.
#include "cluster/group_work.hpp"

#include <functional>
#include <map>

#include <gtest/gtest.h>

namespace um::cluster {
namespace {

using Lines = std::vector<std::string>;
using Verb = GroupWork::Verb;

struct Answer {
  int exit_status = 0;
  std::string output = "stopped\n";
};

struct Outcome {
  Lines calls, log;
  GroupWork::Done done;
};

parsers::ResourceGroup group_of(const Lines& words) {
  parsers::ResourceGroup group;
  group.node = "nodea";
  for (const std::string& word : words)
    group.resources.push_back(parsers::resource_from_word(word));
  return group;
}

/// Runs the dialogue with scripts that answer as `answers` says ("A stop" -> ...), else well.
Outcome run(Verb verb, const Lines& words, const std::map<std::string, Answer>& answers = {},
            GroupWork::Options options = {}) {
  GroupWork work(verb, group_of(words), options, [](std::string_view agent) {
    return agent == "nosuch" ? std::string() : "/r/" + std::string(agent);
  });
  Outcome outcome;
  for (int i = 0; i < 200; ++i) {
    auto step = work.next();
    for (const Log& line : work.take_log()) outcome.log.push_back(line.text);
    if (auto* call = std::get_if<GroupWork::RunAgent>(&step)) {
      std::string name = call->resource->word + " " + std::string(to_string(call->action));
      outcome.calls.push_back(name);
      auto answer = answers.find(name);
      if (answer == answers.end())
        work.finished(0, "stopped");
      else
        work.finished(answer->second.exit_status, answer->second.output);
    } else if (std::holds_alternative<GroupWork::Pause>(step)) {
      outcome.calls.emplace_back("pause");
    } else if (auto* reboot = std::get_if<GroupWork::Reboot>(&step)) {
      outcome.calls.push_back("reboot because of " + reboot->resource);
    } else {
      outcome.done = std::get<GroupWork::Done>(step);
      return outcome;
    }
  }
  ADD_FAILURE() << "no end";
  return outcome;
}

TEST(GroupWork, TakesLeftToRightAskingFirst) {
  EXPECT_EQ(run(Verb::kTake, {"A", "B::x"}).calls,
            (Lines{"A status", "A start", "B::x status", "B::x start"}));
}

TEST(GroupWork, SkipsWhatRunsAndStartsTheRest) {
  EXPECT_EQ(run(Verb::kTake, {"A", "B"}, {{"A status", {0, "running"}}}).calls,
            (Lines{"A status", "B status", "B start"}));
}

TEST(GroupWork, GivesRightToLeftWithoutAsking) {
  EXPECT_EQ(run(Verb::kGive, {"A", "B"}).calls, (Lines{"B stop", "A stop"}));
}

TEST(GroupWork, FailedStartReleasesTheWholeGroup) {
  Outcome outcome = run(Verb::kTake, {"A", "B", "C"}, {{"B start", {5, ""}}});
  EXPECT_EQ(outcome.calls,
            (Lines{"A status", "A start", "B status", "B start", "C stop", "B stop", "A stop"}));
  EXPECT_FALSE(outcome.done.started);
  EXPECT_EQ(outcome.done.failed, "B");
  EXPECT_EQ(outcome.done.exit_status, 0);
  EXPECT_EQ(outcome.log[3], "Return code 5 from /r/B");
  EXPECT_EQ(outcome.log[4], "Giving up resources due to failure of B");
}

TEST(GroupWork, FailedStartCanBeLoggedOnlyAsIn2004) {
  Outcome outcome =
      run(Verb::kTake, {"A", "B"}, {{"A start", {1, ""}}}, {.start_failure_continues = true});
  EXPECT_EQ(outcome.calls, (Lines{"A status", "A start", "B status", "B start"}));
  EXPECT_TRUE(outcome.done.started);
}

TEST(GroupWork, FailedStopIsTriedAgainAsOftenAsSaid) {
  Outcome outcome = run(Verb::kGive, {"A"}, {{"A stop", {1, ""}}}, {.stop_retries = 2});
  EXPECT_EQ(outcome.calls, (Lines{"A stop", "pause", "A stop", "pause", "A stop", "A status"}));
  EXPECT_EQ(
      outcome.log,
      (Lines{"Releasing resource group: nodea A", "Running /r/A  stop", "Return code 1 from /r/A",
             "Retrying failed stop operation [A]", "Running /r/A  stop", "Return code 1 from /r/A",
             "Retrying failed stop operation [A]", "Running /r/A  stop", "Return code 1 from /r/A",
             "Resource script for A probably not LSB-compliant.",
             "it (A) MUST succeed on a stop when already stopped",
             "Machine reboot narrowly avoided!"}));
  EXPECT_EQ(outcome.done.exit_status, 0);
}

TEST(GroupWork, ResourceThatCannotBeStoppedAsksForARebootAndTheRestGoesOn) {
  Outcome outcome = run(Verb::kGive, {"A", "B"},
                        {{"B stop", {3, ""}}, {"B status", {0, "running"}}}, {.stop_retries = 1});
  EXPECT_EQ(outcome.calls,
            (Lines{"B stop", "pause", "B stop", "B status", "reboot because of B", "A stop"}));
  EXPECT_EQ(outcome.done.exit_status, 3);
  EXPECT_EQ(outcome.log[8], "Killing heartbeat ungracefully!");
}

TEST(GroupWork, MissingScriptIsAFailureAndNothingIsExecuted) {
  Outcome outcome = run(Verb::kTake, {"A", "nosuch::id"}, {}, {.stop_retries = 1});
  EXPECT_EQ(outcome.calls, (Lines{"A status", "A start", "pause", "A stop"}));
  EXPECT_FALSE(outcome.done.started);
}

TEST(GroupWork, LogShowsArgumentsAsTheyWereAlwaysShown) {
  for (auto [word, text] : {std::pair<std::string, std::string>{"C::y::z", "y z"},
                            {"B", ""},
                            {"10.9.0.1/24", "10.9.0.1/24"},
                            {"A::::b", " b"}})
    EXPECT_EQ(logged_arguments(parsers::resource_from_word(word)), text) << word;
}

}  // namespace
}  // namespace um::cluster
