// cl_status.hpp - the questions of an admin or a script to the running heartbeat.
//
//   cl_status SUB-COMMAND [OPTIONS] [PARAMETERS]
//
// Spec: heartbeat-api 9. Output, order, spelling and exit codes are those of 3.0.6, mistakes in the
// words included (decision A15); tests/unit/clientapi/cl_status_test.cpp has them side by side. It
// signs on as a casual client and never waits longer than its deadline. Where a ccm runs, `hbstatus
// -v` shows its membership, too. One thing is ours: when the socket may not be opened by this user,
// a line on stderr says so before "stopped".
#pragma once
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "clientapi/ccm.hpp"
#include "clientapi/client.hpp"

namespace um::tools {

struct ClStatus {
  std::filesystem::path socket = clientapi::Client::kSocket;
  std::filesystem::path ccm_socket = clientapi::kCcmSocket;
  std::chrono::milliseconds limit{5000};
  std::string host;  // of this machine, for error lines

  /// `args` without the program's name. Returns the exit code: 0 yes, 1 no or failed, 11 wrong
  /// parameter, 12 no answer in time, 13 anything else.
  int run(const std::vector<std::string>& args, std::ostream& out, std::ostream& err) const;
};

}  // namespace um::tools
