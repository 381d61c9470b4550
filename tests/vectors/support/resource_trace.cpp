#include "tests/vectors/support/resource_trace.hpp"

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace um::cluster::lab {
namespace {

std::string after(const std::string& text, const std::string& prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : std::string();
}

Duration seconds(const std::string& number) {
  return Duration(static_cast<std::int64_t>(std::stod(number) * 1e9));
}

void read_ha_cf(const std::string& text, Settings& settings) {
  std::istringstream directives(text);
  Failback failback = Failback::kLegacy;
  for (std::string directive; std::getline(directives, directive, ';');) {
    std::istringstream words(directive);
    std::string name, value;
    words >> name >> value;
    auto time = [&value] {
      double number = std::stod(value);
      return Milliseconds(static_cast<long>(value.ends_with("ms") ? number : number * 1000));
    };
    if (name == "keepalive") settings.times.keepalive = time();
    if (name == "deadtime") settings.times.deadtime = settings.times.deadping = time();
    if (name == "warntime") settings.times.warntime = time();
    if (name == "initdead") settings.times.initdead = time();
    if (name == "stonith_host") settings.stonith = true;
    if (name == "auto_failback")
      failback = value == "on"    ? Failback::kOn
                 : value == "off" ? Failback::kOff
                                  : Failback::kLegacy;
    if (name == "node") {
      settings.nodes = {value};
      for (std::string node; words >> node;) settings.nodes.push_back(node);
    }
  }
  for (const std::string& node : settings.nodes) settings.failback[node] = failback;
}

/// "nodea heartbeat: [PID]: info: TEXT" and "  TAG(default)[PID]:    TEXT" -> from the level on.
std::string log_text(const std::string& text) {
  static const std::regex daemon(R"(^\S+ heartbeat: \[PID\]: (.*)$)");
  static const std::regex script(R"(^\s*(\S+)\(default\)\[PID\]:\s+(.*)$)");
  std::smatch match;
  if (std::regex_match(text, match, daemon)) return match[1];
  if (!std::regex_match(text, match, script)) return text;
  std::string line = match[2];
  bool has_level = std::regex_search(line, std::regex("^(info|WARN|ERROR|CRIT|debug):"));
  return has_level ? line : "info: " + line;
}

void do_as_tester(const std::string& node, const std::string& what, const Trace& trace,
                  ResourceLab& lab) {
  static const std::regex injected(R"(injected: (\S+) (start|stop) (takes|exits) (\d+)s?)");
  static const std::regex standby(R"(run: \S+/hb_(standby|takeover) ?(\S*))");
  std::smatch match;
  bool up = lab.running(node);
  if (what.starts_with("exec heartbeat -s")) {
  } else if (what.starts_with("exec heartbeat") || what == "run: /etc/init.d/heartbeat start" ||
             what == "run: /etc/init.d/heartbeat reload") {
    if (up) return;
    if (lab.was_killed(node)) lab.power_off(node);  // its STATE shows what it held when it died
    lab.start(node);
  } else if (what.starts_with("CRASH") || what.starts_with("run: kill -KILL")) {
    lab.crash(node);
  } else if (what.starts_with("heartbeat -k (graceful") || what.starts_with("run: kill -TERM") ||
             what == "run: /etc/init.d/heartbeat stop") {
    if (up) lab.stop(node);
  } else if (what == "run: /etc/init.d/heartbeat standby") {
    if (up) lab.command(node, "t=ask_resources rsc_hold=all info=me");
  } else if (what.starts_with("stonith device repaired")) {
    lab.fence_result(0);
  } else if (std::regex_match(what, match, injected)) {
    Injection injection;
    if (match[3] == "takes")
      injection.delay = seconds(match[4]);
    else
      injection.exit_status = std::stoi(match[4]);
    // In trace 15 the failing stop does its work all the same.
    injection.works_all_the_same = trace.name.starts_with("15");
    lab.inject(node, match[1], match[2] == "start" ? AgentAction::kStart : AgentAction::kStop,
               injection);
  } else if (std::regex_match(what, match, standby)) {
    std::string word = match[2].length() == 0 ? "all" : match[2].str();
    bool takeover = match[1] == "takeover";
    if (word == "failback") word = takeover ? "local" : "foreign";
    if (word != "all" && word != "local" && word != "foreign") return;
    lab.command(node, takeover ? "t=hb_takeover rsc_hold=" + word
                               : "t=ask_resources info=me rsc_hold=" + word);
  }
}

}  // namespace

Trace read_trace(const std::string& file) {
  static const std::regex columns(R"(^ *([0-9.]+) (\S+) +(\S+) +(.*)$)");
  Trace trace;
  trace.name = std::filesystem::path(file).stem().string();
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (std::string text = after(line, "# ha.cf: "); !text.empty())
      read_ha_cf(text, trace.settings);
    if (std::string text = after(line, "# haresources: "); !text.empty())
      trace.settings.haresources = std::regex_replace(text, std::regex(" / "), "\n") + "\n";
    std::smatch match;
    if (line.starts_with("#") || !std::regex_match(line, match, columns)) continue;
    TraceLine one{seconds(match[1]), match[2], match[3], match[4]};
    if (one.node == "--") one.node.clear();
    if (one.kind == "log") one.text = log_text(one.text);
    trace.lines.push_back(std::move(one));
  }
  return trace;
}

void replay(const Trace& trace, ResourceLab& lab,
            const std::function<void(std::size_t line)>& checkpoint) {
  static const std::regex step(R"(^(node[abc]): (.*?)\s*$)");
  TimePoint begin = lab.now();
  for (std::size_t i = 0; i < trace.lines.size(); ++i) {
    const TraceLine& line = trace.lines[i];
    if (line.kind != "ADMIN") continue;
    if (begin + line.at > lab.now()) lab.run(begin + line.at - lab.now());
    std::smatch match;
    if (line.text == "NETWORK PARTITIONED")
      lab.partition();
    else if (line.text == "NETWORK HEALED")
      lab.heal();
    else if (line.text.starts_with("STATE") || line.text.find("rscstatus ->") != std::string::npos)
      checkpoint(i);
    else if (std::regex_match(line.text, match, step)) {
      do_as_tester(match[1], match[2], trace, lab);
      lab.run(2ms);  // no two commands were given at the same moment
    }
  }
}

}  // namespace um::cluster::lab
