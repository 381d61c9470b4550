#include "tools/test_resource.hpp"

#include <algorithm>
#include <array>
#include <ostream>

#include "base/machine.hpp"
#include "parsers/haresources.hpp"
#include "tools/run_and_wait.hpp"

namespace um::tools {
namespace {

using std::chrono::milliseconds;

// Between the resources of a group `status` runs once before each start: slow ones add up.
constexpr milliseconds kSlowStatus{1000};

constexpr std::string_view kUsage =
    "usage: ultramonkey test-resource SCRIPT[::ARGUMENT...] [ARGUMENT...]\n"
    "\n"
    "Starts and stops the resource on this idle node, twice each, and says whether the script\n"
    "keeps the contract of resource scripts. A resource that is running is left alone.\n"
    "\n"
    "  ultramonkey test-resource IPaddr2::192.168.0.105/24/eth0\n"
    "  ultramonkey test-resource IPaddr2 192.168.0.105/24/eth0\n";

struct Step {
  std::string_view verb;
  Wanted wanted;
  std::string_view title;
};

constexpr std::array kContract{
    Step{"stop", Wanted::kSuccess, "stop when stopped"},
    Step{"status", Wanted::kStopped, "status when stopped"},
    Step{"start", Wanted::kSuccess, "start"},
    Step{"status", Wanted::kRunning, "status when running"},
    Step{"start", Wanted::kSuccess, "start when running"},
    Step{"status", Wanted::kRunning, "status when running"},
    Step{"stop", Wanted::kSuccess, "stop"},
    Step{"status", Wanted::kStopped, "status when stopped"},
    Step{"stop", Wanted::kSuccess, "stop when stopped"},
};

std::string first_line(const std::string& output) {
  const std::string line = output.substr(0, output.find('\n'));
  return line.size() <= 60 ? line : line.substr(0, 57) + "...";
}

/// Says the step and its remarks; whether the contract was kept.
bool report(std::string_view title, const ScriptRun& run, const std::vector<Remark>& remarks,
            std::ostream& out) {
  const bool broken = std::ranges::any_of(remarks, &Remark::broken);
  const std::string_view word = broken ? "FAIL" : remarks.empty() ? "ok" : "warn";
  out << fmt::format("{:<20} {:<5} exit {:<3} {:>6.2f} s  {}\n", title, word, run.exit_status,
                     static_cast<double>(run.took.count()) / 1000, first_line(run.output));
  for (const Remark& remark : remarks)
    out << "    " << (remark.broken ? "" : "warning: ") << remark.text << '\n';
  return !broken;
}

std::function<ScriptRun(std::string_view)> runner(const std::filesystem::path& script,
                                                  const std::vector<std::string>& arguments) {
  return [=](std::string_view verb) {
    Command command;
    command.argv = {script.string()};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.argv.emplace_back(verb);
    command.environment = current_environment();
    const auto begun = std::chrono::steady_clock::now();
    const Ran ran = run_and_wait(command, true, "/dev/null");
    return ScriptRun{
        std::string(verb), ran.exit_status, ran.output,
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun)};
  };
}

}  // namespace

std::vector<Remark> judge(const ScriptRun& run, Wanted wanted) {
  std::vector<Remark> remarks;
  const auto broken = [&](std::string text) { remarks.push_back({true, std::move(text)}); };
  const auto warning = [&](std::string text) { remarks.push_back({false, std::move(text)}); };
  if (wanted == Wanted::kSuccess) {
    if (run.exit_status != 0 && run.verb == "start")
      broken("heartbeat gives the whole group up when start does not exit with 0");
    else if (run.exit_status != 0)
      broken(
          "heartbeat tries again and in the end reboots when stop does not exit with 0, "
          "also when there was nothing to stop");
    return remarks;
  }

  const bool owned = parsers::owned_by_status_output(run.output);
  if (wanted == Wanted::kStopped && owned)
    broken("heartbeat reads this as running: it would not start the resource");
  if (wanted == Wanted::kStopped && !owned && run.output.find("unning") != std::string::npos)
    warning("heartbeat 1.2 reads `not running` as running; say `stopped`");
  if (wanted == Wanted::kRunning && !owned && !run.output.empty())
    broken("heartbeat does not read this as running; say `running` or `OK` on stdout");
  if (wanted == Wanted::kRunning && run.output.empty())
    warning("nothing on stdout: heartbeat never sees it running and starts it at each takeover");
  if (run.took > kSlowStatus) warning("slow: heartbeat asks for the status before each start");
  return remarks;
}

int test_contract(const std::function<ScriptRun(std::string_view verb)>& run, std::ostream& out) {
  const ScriptRun before = run("status");
  if (parsers::owned_by_status_output(before.output)) {
    out << "It is running here (" << first_line(before.output)
        << "). The test would stop it; stop it yourself first.\n";
    return 2;
  }
  bool kept = true;
  for (const Step& step : kContract) {
    const ScriptRun seen = run(step.verb);
    const bool good = report(step.title, seen, judge(seen, step.wanted), out);
    kept = kept && good;
    if (!good && step.verb == "start") {
      out << "It was not started, so the rest was not tried.\n";
      report("stop after failure", run("stop"), {}, out);
      return 1;
    }
  }
  out << (kept ? "The contract is kept.\n" : "The contract is broken.\n");
  return kept ? 0 : 1;
}

int test_resource(const std::vector<std::string>& args, std::istream&, std::ostream& out,
                  std::ostream& err) {
  if (args.empty() || args[0].starts_with('-')) {
    const bool asked = !args.empty() && (args[0] == "--help" || args[0] == "-h");
    (asked ? out : err) << kUsage;
    return asked ? 0 : 2;
  }
  parsers::Resource resource = parsers::resource_from_word(args[0]);
  resource.arguments.insert(resource.arguments.end(), args.begin() + 1, args.end());
  const auto machine = real_machine();
  const auto script = parsers::find_agent(*machine, resource.agent);
  if (!script) {
    err << "Cannot locate resource script " << resource.agent
        << ": no executable file of that name in /etc/ha.d/resource.d or /etc/init.d\n";
    return 2;
  }
  out << script->string();
  for (const std::string& argument : resource.arguments) out << ' ' << argument;
  out << '\n';
  return test_contract(runner(*script, resource.arguments), out);
}

}  // namespace um::tools
