// run_and_wait.hpp - a child process, start to end, for commands that do one thing after the other.
//
// The daemon never uses this: it waits for nothing (base/process.hpp).
#pragma once
#include <string>

#include "base/process.hpp"

namespace um::tools {

struct Ran {
  int exit_status = 0;  // as a shell shows it: 128 + signal, 127 when it could not be started
  std::string output;   // stdout, when it was asked for
};

/// Uses the command's argv, environment and directory. stdin is /dev/null; stderr, and stdout when
/// its text is not asked for, are appended to `rest`. Waits for the child itself, not for what it
/// left behind.
Ran run_and_wait(const Command& command, bool wants_output, const std::string& rest);

/// SIGKILL to every process of that name, ourselves excepted.
void kill_all_named(const std::string& name);

}  // namespace um::tools
