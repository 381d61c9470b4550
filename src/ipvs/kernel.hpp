// kernel.hpp - the door to the kernel's IPVS table.
//
// Reads what a set of virtual services really looks like and carries out planned steps, many in one
// datagram. Services outside the scope are neither read nor written. Nothing is cached: each read
// asks the kernel. The interface has a second implementation in the tests, a table in memory that
// refuses what the kernel refuses.
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ipvs/plan.hpp"
#include "ipvs/result.hpp"
#include "ipvs/table.hpp"

namespace um::ipvs {

using ConnectionTable = std::map<ServiceKey, std::map<RealKey, Connections>>;

class Kernel {
 public:
  virtual ~Kernel() = default;

  /// Those services of `scope` that exist, with their real servers.
  virtual Result<Table> read(const Scope& scope) = 0;
  /// Carries the steps out in order, each whatever became of the one before; one Error per step,
  /// code 0 where the kernel agreed. The message is what ipvsadm says for the same refusal.
  virtual std::vector<Error> apply(std::span<const Op> ops) = 0;
  /// Connections per real server now.
  virtual Result<ConnectionTable> connections(const Scope& scope) = 0;
};

/// Opens the real one, loading ip_vs when it is not there. The error names the module.
Result<std::unique_ptr<Kernel>> open_kernel();

/// What ipvsadm says when the kernel answers `code` to this step.
Error refusal(const Op& op, int code);

}  // namespace um::ipvs
