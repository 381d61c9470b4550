// plan.hpp - the steps that turn one IPVS table into another.
//
// plan(current, desired) is pure. Its steps never pass through a state with less capacity than both
// ends have: within a service real servers are added and raised first, then lowered, then deleted,
// so a fallback goes only after the first real server with weight has arrived, and a dead server
// only after the fallback is there. Nothing that is equal is written again. Virtual services that
// `scope` does not name are never touched; those it names and `desired` lacks are deleted.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "ipvs/table.hpp"

namespace um::ipvs {

/// One change of the kernel's table.
struct Op {
  enum class Kind : std::uint8_t {
    kAddService,
    kEditService,
    kDeleteService,
    kAddReal,
    kEditReal,
    kDeleteReal
  };
  Kind kind = Kind::kAddService;
  ServiceKey service;
  Settings settings;  // kAddService, kEditService
  RealKey at;         // kAddReal, kEditReal, kDeleteReal
  Real real;          // kAddReal, kEditReal

  static Op add_service(const ServiceKey& service, const Settings& settings);
  static Op edit_service(const ServiceKey& service, const Settings& settings);
  static Op delete_service(const ServiceKey& service);
  static Op add_real(const ServiceKey& service, const RealKey& at, const Real& real);
  static Op edit_real(const ServiceKey& service, const RealKey& at, const Real& real);
  static Op delete_real(const ServiceKey& service, const RealKey& at);
};

/// The arguments of the ipvsadm command that does the same: "-a -t 10.0.0.1:80 -x 0 -y 0 -r
/// 10.0.0.2:80 -m -w 1". A weight of 0 without thresholds is written without them, as the old
/// director wrote a quiesced server.
std::string command_text(const Op& op);

using Scope = std::set<ServiceKey>;

std::vector<Op> plan(const Table& current, const Table& desired, const Scope& scope);

/// What the table is after an op that the kernel accepted.
void carry_out(Table& table, const Op& op);

}  // namespace um::ipvs
