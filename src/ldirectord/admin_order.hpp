// admin_order.hpp - `drain`, `disable` and `enable`: which servers an order means, how it is
// remembered, and how the other director of a cluster hears of it.
//
// The running director carries an order out; when none runs it is remembered for the next start.
// Either way heartbeat, if it runs, passes it to the other nodes, whose rc.d/ldirectord_admin gives
// the same order there, so that it holds after a takeover.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ldirectord/admin_state.hpp"
#include "ldirectord/roster.hpp"

namespace um::ldirectord {

struct AdminOrder {
  Admin admin = Admin::kEnabled;
  std::string real;          // "192.168.6.1:80"; "192.168.6.1" stands for each of its ports
  std::string virtual_name;  // by name or id; empty: all
};

std::optional<Admin> admin_of_verb(std::string_view verb);

/// The servers that are meant, as places in the roster.
std::vector<Job::Use> targets_of(const Roster& roster, const AdminOrder& order);

/// Saves the order; false with errno set when that fails.
bool remember(AdminState& state, const Roster& roster, const AdminOrder& order,
              const std::vector<Job::Use>& targets);

/// Hands the order to heartbeat for the other nodes. Nothing happens where heartbeat does not run,
/// or when the order came from there. Never waits.
void tell_cluster(std::string_view verb, const AdminOrder& order, const std::string& config);

}  // namespace um::ldirectord
