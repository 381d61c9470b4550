#include "ipvs/plan.hpp"

#include <fmt/format.h>

namespace um::ipvs {
namespace {

// An entry that gives new connections to another kind of server than before counts as lowered: its
// old way of forwarding goes away with it.
bool raises(const Real& before, const Real& after) {
  return after.weight >= before.weight;
}

void plan_reals(const ServiceKey& key, const Service& current, const Service& desired,
                std::vector<Op>& steps) {
  std::vector<Op> lowered;
  std::vector<Op> deleted;
  for (const auto& [at, real] : desired.reals) {
    auto found = current.reals.find(at);
    if (found == current.reals.end()) {
      steps.push_back(Op::add_real(key, at, real));
    } else if (found->second != real) {
      (raises(found->second, real) ? steps : lowered).push_back(Op::edit_real(key, at, real));
    }
  }
  for (const auto& [at, real] : current.reals)
    if (!desired.reals.contains(at)) deleted.push_back(Op::delete_real(key, at));
  steps.insert(steps.end(), lowered.begin(), lowered.end());
  steps.insert(steps.end(), deleted.begin(), deleted.end());
}

}  // namespace

Op Op::add_service(const ServiceKey& service, const Settings& settings) {
  return {Kind::kAddService, service, settings, {}, {}};
}
Op Op::edit_service(const ServiceKey& service, const Settings& settings) {
  return {Kind::kEditService, service, settings, {}, {}};
}
Op Op::delete_service(const ServiceKey& service) {
  return {Kind::kDeleteService, service, {}, {}, {}};
}
Op Op::add_real(const ServiceKey& service, const RealKey& at, const Real& real) {
  return {Kind::kAddReal, service, {}, at, real};
}
Op Op::edit_real(const ServiceKey& service, const RealKey& at, const Real& real) {
  return {Kind::kEditReal, service, {}, at, real};
}
Op Op::delete_real(const ServiceKey& service, const RealKey& at) {
  return {Kind::kDeleteReal, service, {}, at, {}};
}

std::string command_text(const Op& op) {
  const std::string service = option_text(op.service);
  const std::string real = endpoint_text(op.at.address, op.at.port);
  switch (op.kind) {
    case Op::Kind::kAddService:
    case Op::Kind::kEditService:
      return fmt::format("{} {} {}", op.kind == Op::Kind::kAddService ? "-A" : "-E", service,
                         settings_text(op.settings, op.service.address.family));
    case Op::Kind::kDeleteService: return "-D " + service;
    case Op::Kind::kDeleteReal: return fmt::format("-d {} -r {}", service, real);
    case Op::Kind::kAddReal:
    case Op::Kind::kEditReal: break;
  }
  const bool quiesced =
      op.real.weight == 0 && op.real.upper_threshold == 0 && op.real.lower_threshold == 0;
  const std::string thresholds =
      quiesced ? "" : fmt::format("-x {} -y {} ", op.real.upper_threshold, op.real.lower_threshold);
  return fmt::format("{} {} {}-r {} {} -w {}", op.kind == Op::Kind::kAddReal ? "-a" : "-e", service,
                     thresholds, real, option_text(op.real.forward), op.real.weight);
}

std::vector<Op> plan(const Table& current, const Table& desired, const Scope& scope) {
  std::vector<Op> steps;
  static const Service kNothing;
  for (const auto& [key, service] : desired) {
    if (!scope.contains(key)) continue;
    auto found = current.find(key);
    if (found == current.end()) {
      steps.push_back(Op::add_service(key, service.settings));
    } else if (found->second.settings != service.settings) {
      steps.push_back(Op::edit_service(key, service.settings));
    }
    plan_reals(key, found == current.end() ? kNothing : found->second, service, steps);
  }
  for (const ServiceKey& key : scope)
    if (current.contains(key) && !desired.contains(key)) steps.push_back(Op::delete_service(key));
  return steps;
}

void carry_out(Table& table, const Op& op) {
  switch (op.kind) {
    case Op::Kind::kAddService:
    case Op::Kind::kEditService: table[op.service].settings = op.settings; break;
    case Op::Kind::kDeleteService: table.erase(op.service); break;
    case Op::Kind::kAddReal:
    case Op::Kind::kEditReal: table[op.service].reals[op.at] = op.real; break;
    case Op::Kind::kDeleteReal:
      if (auto service = table.find(op.service); service != table.end())
        service->second.reals.erase(op.at);
      break;
  }
}

}  // namespace um::ipvs
