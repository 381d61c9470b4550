// takeover.hpp - what `status`, `start` and `stop` of an address mean, as steps that can be read.
//
// Pure. The words are those of the V1 scripts (spec resource-scripts 3.2 and 4, decisions S5-S10):
// an address counts as present whatever its prefix or label; one that only sits on the loopback
// device (a real server's copy, "lvs_support") is moved off it by start and put back, exactly as it
// was, by stop. stop never sets an interface down and never touches loopback addresses of others.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "address/findif.hpp"
#include "address/spec.hpp"
#include "address/table.hpp"

namespace um::address {

enum class Status { kRunning, kLoopback, kStopped };
/// "running" 0, "loopback" 3, "stopped" 3.
std::string_view name_of(Status status);
int exit_code_of(Status status);

/// `device` is the configured interface (it may be lo itself); empty when none was given or found.
Status status_of(const Ip& ip, std::string_view device, const Table& table);

struct Step {
  enum class Kind { kAdd, kRemove, kUp };
  Kind kind = Kind::kAdd;
  Assigned address;  // kUp: only its device counts

  /// The command that would do the same, for log and error messages.
  std::string command() const;
};

/// Brings the address to `place`. Nothing to do when it is running already. Copies on loopback are
/// removed only after the address is where it belongs.
std::vector<Step> start_steps(const Assigned& place, const Table& table);

/// Takes the address off every real interface and puts `saved` back on loopback. From a loopback
/// interface it is taken only when that is the configured `device`.
std::vector<Step> stop_steps(const Ip& ip, std::string_view device,
                             const std::vector<Assigned>& saved, const Table& table);

/// Addresses of the same interface that went away together with `removed`: the kernel deletes the
/// secondary addresses with their primary one unless promote_secondaries is set.
std::vector<Step> put_back_steps(const std::vector<Step>& removed, const Table& before,
                                 const Table& after);

/// The first free `eth0:0`, `eth0:1`, ... `eth0:511` on `device`; nothing when all are taken or the
/// name would be too long for the kernel.
std::optional<std::string> free_alias(const std::string& device, const Table& table);

/// The copies that start moved off the loopback device, one line each, as kept in a file until
/// stop: `ADDR 32 255.255.255.255 lo` as all releases wrote it, then ` label lo:0 scope host`.
std::string save_loopback(const std::vector<Assigned>& copies);
/// Understands the older files too: the line without our words, and IPaddr's bare alias `lo:0`.
std::vector<Assigned> read_loopback(const Ip& ip, std::string_view text);

}  // namespace um::address
