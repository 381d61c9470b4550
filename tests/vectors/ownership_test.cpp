// The recorded lives of real 3.0.6 clusters, lived again by our engines: the tester's steps at the
// tester's times, the same scripts. Compared are
//   - the start and stop calls of each node, in order;
//   - who is active on which node and the word of `cl_status rscstatus`, where the tester looked;
//   - the log lines of the resource layer, each node's, order and repetition aside.
// A trace that differs stands in DIFFERENCES.md with the row of the decisions behind it.
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "tests/vectors/support/differences.hpp"
#include "tests/vectors/support/resource_lab.hpp"
#include "tests/vectors/support/resource_trace.hpp"

namespace um::cluster::lab {
namespace {

using Lines = std::vector<std::string>;
const std::string kFolder = "tests/vectors/haresources-traces";

/// Whether a line is of the resource layer and says the same here. At a cold start 3.0.6 waited
/// 10 s and one node followed the other (decision R1): which of them says "transition completed",
/// and for what reason the first acquisition is called complete, depends on that.
bool is_compared(const std::string& line) {
  static const std::regex words(
      "Resources being acquired|Local Resource acquisition completed|mach_down|"
      "Taking over resource group|received ip-request-resp|wants to go standby|standby: |"
      "HA resource|Local standby process|Standby resource|Other node completed|"
      "Received shutdown notice|Dead node|No STONITH|Shared disks|Shutdown delayed|"
      "Both machines own|No one owns|Standby in progress|standby message|No reply to standby|"
      "Cancelling pending|T_STARTING|Received 'starting'|Ignored standby|takeover cancelled|"
      "Initial resource acquisition|is dead|Heartbeat restart on node|shutdown in progress|"
      "Acquiring resource group|Releasing resource group|: Running /etc/ha.d//?resource.d|"
      "Return code|Retrying failed stop|Giving up|LSB-compliant|MUST succeed|narrowly avoided|"
      "Resource STOP failure|ungracefully|Cannot locate|Standby mode only|STONITH of");
  static const std::regex debug_output("go_standby: |other_holds_resources");
  return std::regex_search(line, words) && !std::regex_search(line, debug_output);
}

std::string normal(std::string line) {
  line = std::regex_replace(line, std::regex("/etc/ha.d//resource.d"), "/etc/ha.d/resource.d");
  line = std::regex_replace(line, std::regex(R"(shutdown in progress\. \(\d+\))"),
                            "shutdown in progress. (PID)");
  line = std::regex_replace(line, std::regex(R"(acquisition complete \(.*\))"),
                            "acquisition complete");
  // Who was "active" first when a legacy cluster starts decides between asking and just taking.
  line = std::regex_replace(line, std::regex("(received ip-request-resp .* OK) (yes|no)"), "$1");
  return std::regex_replace(line, std::regex(R"(\[\d+ seconds left\])"), "[N seconds left]");
}

struct Life {
  std::map<std::string, Lines> calls;
  std::map<std::string, std::set<std::string>> log;
  Lines looks;  // what the tester saw
};

std::string state_text(const ResourceLab& lab, const std::vector<std::string>& nodes) {
  std::string text = "STATE resources active: ";
  for (const std::string& node : nodes)
    text += (node == nodes.front() ? "" : "; ") + node + "=" + lab.active(node);
  return text;
}

void look(const Trace& trace, const TraceLine& line, const ResourceLab& lab, Life& recorded,
          Life& ours) {
  static const std::regex status(R"(^(node[abc]): cl_status rscstatus -> 0 '(\w+)'.*)");
  std::smatch match;
  std::string at =
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(line.at).count());
  if (line.text.starts_with("STATE")) {
    recorded.looks.push_back(at + " " + line.text);
    ours.looks.push_back(at + " " + state_text(lab, trace.settings.nodes));
  } else if (std::regex_match(line.text, match, status)) {
    std::string node = match[1];
    recorded.looks.push_back(at + " " + node + " " + match[2].str());
    ours.looks.push_back(at + " " + node + " " + lab.rsc_status(node));
  }
}

void prepare(const Trace& trace, ResourceLab& lab) {
  if (trace.name.starts_with("29")) lab.set_active("nodea", "B");
  if (trace.name.starts_with("30")) lab.set_active("nodea", "E");
  if (trace.name.starts_with("35")) lab.set_active("nodea", "IPaddr_10.9.0.1");
  if (trace.name.starts_with("21")) lab.fence_result(1);
  if (trace.name.starts_with("33")) lab.config_of("nodea").failback = Failback::kOff;
  if (trace.name.starts_with("33")) lab.config_of("nodeb").failback = Failback::kOn;
  if (trace.name.starts_with("26"))
    std::erase_if(lab.config_of("nodeb").groups,
                  [](const ResourceGroup& group) { return group.node == "nodea"; });
}

std::string difference(const std::string& what, const Lines& ours, const Lines& theirs) {
  if (ours == theirs) return "";
  std::string text = what + "\n";
  std::size_t i = 0;
  while (i < ours.size() && i < theirs.size() && ours[i] == theirs[i]) ++i;
  text += "  from number " + std::to_string(i) + " on\n    ours    ";
  for (std::size_t k = i; k < ours.size(); ++k) text += " | " + ours[k];
  text += "\n    recorded";
  for (std::size_t k = i; k < theirs.size(); ++k) text += " | " + theirs[k];
  return text + "\n";
}

std::string difference(const std::string& node, const std::set<std::string>& ours,
                       const std::set<std::string>& theirs) {
  std::string text;
  for (const std::string& line : theirs)
    if (!ours.contains(line)) text += node + " does not say: " + line + "\n";
  for (const std::string& line : ours)
    if (!theirs.contains(line)) text += node + " says too: " + line + "\n";
  return text;
}

std::string compare(const Trace& trace) {
  ResourceLab lab(trace.settings);
  prepare(trace, lab);
  Life recorded, ours;
  for (const TraceLine& line : trace.lines) {
    // What a fencing device is asked for before the reset is not the engine's business.
    if (line.kind == "RSC" && !line.text.ends_with(" status") &&
        !line.text.starts_with("STONITH get"))
      recorded.calls[line.node].push_back(line.text);
    if (line.kind == "log" && is_compared(line.text))
      recorded.log[line.node].insert(normal(line.text));
  }
  replay(trace, lab, [&](std::size_t i) { look(trace, trace.lines[i], lab, recorded, ours); });
  std::string text = difference("what the tester saw", ours.looks, recorded.looks);
  for (const std::string& node : trace.settings.nodes) {
    text += difference(node + " calls", lab.calls(node), recorded.calls[node]);
    for (const std::string& line : lab.log(node))
      if (is_compared(line)) ours.log[node].insert(normal(line));
    text += difference(node, ours.log[node], recorded.log[node]);
  }
  return text;
}

TEST(OwnershipVectors, EveryRecordedTraceHappensAgain) {
  std::map<std::string, std::string> found;
  std::size_t traces = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    Trace trace = read_trace(entry.path().string());
    ++traces;
    if (std::string text = compare(trace); !text.empty()) found[trace.name] = text;
  }
  EXPECT_EQ(traces, 50u);
  EXPECT_EQ(test::compare_with_allowed("haresources-traces", found, traces), "");
}

}  // namespace
}  // namespace um::cluster::lab
