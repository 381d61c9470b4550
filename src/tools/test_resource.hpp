// test_resource.hpp - `ultramonkey test-resource`: does a resource script keep heartbeat's
// contract?
//
//   ultramonkey test-resource SCRIPT[::ARGUMENT...] [ARGUMENT...]
//   ultramonkey test-resource IPaddr2::192.168.0.105/24/eth0
//
// For an idle node: it really starts and stops the resource, twice each, with `status` in between,
// and says what heartbeat would have read. A resource that is running is left alone. Exit status:
// 0 the contract is kept (perhaps with warnings), 1 it is broken, 2 nothing was tried.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace um::tools {

/// One run of the script.
struct ScriptRun {
  std::string verb;
  int exit_status = 0;
  std::string output;  // stdout, which is all that heartbeat reads
  std::chrono::milliseconds took{};
};

struct Remark {
  bool broken = false;  // else a warning
  std::string text;
};

/// What heartbeat expects of the run, in the state in which it was made. Pure.
enum class Wanted { kStopped, kRunning, kSuccess };
std::vector<Remark> judge(const ScriptRun& run, Wanted wanted);

/// Runs the whole contract through `run`, printing a line per step as it goes.
int test_contract(const std::function<ScriptRun(std::string_view verb)>& run, std::ostream& out);

/// The command after its name.
int test_resource(const std::vector<std::string>& args, std::istream& in, std::ostream& out,
                  std::ostream& err);

}  // namespace um::tools
