// resource_trace.hpp - a recording of real 3.0.6 nodes with logging stubs for resources.
//
// Columns: seconds since start, node (`--`: the tester), kind, text. See haresources/README.txt.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "tests/vectors/support/resource_lab.hpp"

namespace um::cluster::lab {

struct TraceLine {
  Duration at{};
  std::string node;  // empty: the tester
  std::string kind;  // ADMIN, RSC, log
  std::string text;  // of a log line: from its level on, as "info: ..."
};

struct Trace {
  std::string name;  // "01-cold-gracefulstop-crash-return.on"
  Settings settings;
  std::vector<TraceLine> lines;
};

Trace read_trace(const std::string& file);

/// Does on the lab what the tester did, at his times. `checkpoint` is called with the index of each
/// line where the tester looked at the state of the resources.
void replay(const Trace& trace, ResourceLab& lab,
            const std::function<void(std::size_t line)>& checkpoint);

}  // namespace um::cluster::lab
