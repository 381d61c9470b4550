#include "ldirectord/policy.hpp"

#include <algorithm>
#include <set>

namespace um::ldirectord {
namespace {

using parsers::Failed;
using parsers::Minimum;

// `minimum = N keep`: the servers that failed last stay, as many as are missing.
std::set<std::size_t> kept_by_minimum(const RosterVirtual& v, const std::vector<Health>& reals) {
  std::set<std::size_t> kept;
  const auto& minimum = v.rules.minimum;
  if (!minimum || minimum->action != Minimum::Action::kKeep) return kept;
  std::size_t in_service = count_in_service(reals);
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < reals.size(); ++i)
    if (!reals[i].up && reals[i].went_down != 0 && !reals[i].maintenance &&
        reals[i].admin == Admin::kEnabled)
      candidates.push_back(i);
  std::ranges::sort(candidates, std::greater{}, [&](std::size_t i) { return reals[i].went_down; });
  for (std::size_t i : candidates) {
    if (in_service >= minimum->reals) break;
    kept.insert(i);
    ++in_service;
  }
  return kept;
}

ipvs::Real quiesced(const ipvs::Real& entry) {
  return {entry.forward, 0, 0, 0};
}

// The entry of a real server that gets no new connections; nothing: it has none.
std::optional<ipvs::Real> resting_entry(const RosterVirtual& v, const RosterReal& real,
                                        const Health& health) {
  if (health.admin == Admin::kDisabled) return {};
  if (health.admin == Admin::kDrained && health.up) return quiesced(real.entry);
  if (!health.checked && health.had_entry) return quiesced(real.entry);
  if (health.checked && !health.maintenance && v.rules.failed == Failed::kRemove) return {};
  if (v.rules.quiescent) return quiesced(real.entry);
  return {};
}

}  // namespace

std::size_t count_in_service(const std::vector<Health>& reals) {
  return static_cast<std::size_t>(
      std::ranges::count_if(reals, [](const Health& health) { return health.in_service(); }));
}

FallbackUse fallback_use(const RosterVirtual& v, const std::vector<Health>& reals) {
  const std::size_t in_service = count_in_service(reals);
  const auto& minimum = v.rules.minimum;
  if (minimum && minimum->action == Minimum::Action::kFallback && in_service < minimum->reals)
    return FallbackUse::kOn;
  if (in_service > 0 || !kept_by_minimum(v, reals).empty()) return FallbackUse::kOff;
  return FallbackUse::kOn;
}

ipvs::Service wanted(const RosterVirtual& v, const std::vector<Health>& reals,
                     FallbackUse fallback) {
  ipvs::Service service;
  service.settings = v.settings;
  const std::set<std::size_t> kept = kept_by_minimum(v, reals);
  for (std::size_t i = 0; i < v.reals.size(); ++i) {
    const RosterReal& real = v.reals[i];
    if (reals[i].in_service() || kept.contains(i))
      service.reals[real.at] = real.entry;
    else if (auto resting = resting_entry(v, real, reals[i]))
      service.reals[real.at] = *resting;
  }
  if (fallback == FallbackUse::kOn && v.fallback) {
    // A fallback that is also one of the real servers must not hide one that is in service.
    auto [entry, fresh] = service.reals.emplace(v.fallback->at, v.fallback->entry);
    if (!fresh && entry->second.weight == 0) entry->second = v.fallback->entry;
  }
  return service;
}

ipvs::Service keep_hand_changes(const RosterVirtual& v, const std::vector<Health>& reals,
                                const ipvs::Service& wanted, const ipvs::Service& current,
                                const ipvs::Service& written, bool readd_quiescent) {
  if (v.rules.drift == parsers::Drift::kRepair) return wanted;
  ipvs::Service kept;
  kept.settings = wanted.settings == written.settings ? current.settings : wanted.settings;
  auto entry = [](const ipvs::Service& service, const ipvs::RealKey& at) {
    auto found = service.reals.find(at);
    return found == service.reals.end() ? std::nullopt : std::optional(found->second);
  };
  std::set<ipvs::RealKey> enforced;
  for (std::size_t i = 0; i < v.reals.size(); ++i)
    if (reals[i].maintenance || reals[i].admin != Admin::kEnabled) enforced.insert(v.reals[i].at);
  std::set<ipvs::RealKey> keys;
  for (const ipvs::Service* service : {&wanted, &current, &written})
    for (const auto& [at, real] : service->reals) keys.insert(at);
  for (const ipvs::RealKey& at : keys) {
    const auto wish = entry(wanted, at), before = entry(written, at), now = entry(current, at);
    const bool by_hand = wish == before && !enforced.contains(at);
    // A server that an operator took out and that now fails is put back at weight 0 only when
    // readdquiescent asks for it (spec ldirectord-runtime 5.2).
    const bool taken_out =
        wish && before && !now && wish->weight == 0 && before->weight != 0 && !readd_quiescent;
    const auto& result = by_hand || taken_out ? now : wish;
    if (result) kept.reals[at] = *result;
  }
  return kept;
}

}  // namespace um::ldirectord
