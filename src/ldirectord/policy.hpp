// policy.hpp - what one virtual service should look like in the kernel.
//
// Pure functions. wanted() knows only the configuration and what the director knows about each real
// server; keep_hand_changes() then lets an operator's own changes stand (decision L14). What the
// two yield is the desired table that ipvs::plan works towards.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "ipvs/table.hpp"
#include "ldirectord/health.hpp"
#include "ldirectord/roster.hpp"

namespace um::ldirectord {

enum class FallbackUse : std::uint8_t { kOff, kOn };

/// How many real servers take new connections: up and neither drained, disabled nor in maintenance.
std::size_t count_in_service(const std::vector<Health>& reals);

/// Whether the fallback belongs in: nobody is in service (and none is kept by `minimum`), or fewer
/// than `minimum = N fallback` asks for.
FallbackUse fallback_use(const RosterVirtual& v, const std::vector<Health>& reals);

/// What the configuration and the health of the real servers ask for. A real server that is down is
/// at weight 0 when quiescent, else absent; one never checked in this life keeps the entry of
/// weight 0 that it was found with.
ipvs::Service wanted(const RosterVirtual& v, const std::vector<Health>& reals,
                     FallbackUse fallback);

/// What the kernel may keep. `written` is what the director last wanted and the kernel took:
/// entries whose wish has not changed since then stay as the kernel has them, so a weight or a
/// single real server changed by hand stays until its next own transition. Real servers in
/// maintenance, drained or disabled are enforced. With drift = repair the wish always wins.
ipvs::Service keep_hand_changes(const RosterVirtual& v, const std::vector<Health>& reals,
                                const ipvs::Service& wanted, const ipvs::Service& current,
                                const ipvs::Service& written, bool readd_quiescent);

}  // namespace um::ldirectord
