// memory_kernel.hpp - an IPVS table in memory that accepts and refuses what the kernel does.
//
// Its rules are those observed on a real 6.1 kernel (spec ldirectord-runtime 12): gate and ipip
// force the port of the virtual service on add and edit, port 0 needs persistence, thresholds of an
// edit replace the old ones.
#pragma once
#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "ipvs/kernel.hpp"

namespace um::ipvs {

class MemoryKernel final : public Kernel {
 public:
  Table table;
  std::vector<std::string> accepted;  // every step as an ipvsadm command, in order
  std::function<int(const Op&)> fail = [](const Op&) { return 0; };  // errno to refuse a step with
  int unreadable = 0;                                                // errno for every read

  Result<Table> read(const Scope& scope) override {
    if (unreadable != 0) return Error{unreadable, "cannot read"};
    Table found;
    for (const auto& [key, service] : table)
      if (scope.contains(key)) found.emplace(key, service);
    return found;
  }

  std::vector<Error> apply(std::span<const Op> ops) override {
    std::vector<Error> errors;
    for (const Op& op : ops) {
      int code = fail(op);
      if (code == 0) code = try_out(op);
      if (code == 0) accepted.push_back(command_text(op));
      errors.push_back(code == 0 ? Error{} : refusal(op, code));
    }
    return errors;
  }

  Result<ConnectionTable> connections(const Scope&) override { return ConnectionTable{}; }

  /// The accepted commands since the last call.
  std::vector<std::string> take_accepted() { return std::exchange(accepted, {}); }

 private:
  int try_out(const Op& op) {
    auto found = table.find(op.service);
    const bool exists = found != table.end();
    RealKey at = op.at;
    switch (op.kind) {
      case Op::Kind::kAddService:
        if (exists) return EEXIST;
        if (op.service.port == 0 && op.service.protocol != Protocol::kMark &&
            op.settings.persistence == 0)
          return EINVAL;
        table[op.service].settings = op.settings;
        return 0;
      case Op::Kind::kEditService:
        if (!exists) return ESRCH;
        found->second.settings = op.settings;
        return 0;
      case Op::Kind::kDeleteService:
        if (!exists) return ESRCH;
        table.erase(found);
        return 0;
      default: break;
    }
    if (!exists) return ESRCH;
    auto& reals = found->second.reals;
    if (op.kind == Op::Kind::kDeleteReal) return reals.erase(at) == 1 ? 0 : ENOENT;
    at.port = port_in_table(op.service, op.real.forward, at.port);
    if (op.kind == Op::Kind::kAddReal) return reals.emplace(at, op.real).second ? 0 : EEXIST;
    if (!reals.contains(at)) return ENOENT;
    reals[at] = op.real;
    return 0;
  }
};

}  // namespace um::ipvs
