#include "ldirectord/words.hpp"

#include <fmt/format.h>

namespace um::ldirectord {

std::string_view name_of(Phase phase) {
  return parsers::name_of(mail_phase(phase));
}

parsers::Phase mail_phase(Phase phase) {
  switch (phase) {
    case Phase::kStarting: return parsers::Phase::kStarting;
    case Phase::kStopping: return parsers::Phase::kStopping;
    case Phase::kReloading: return parsers::Phase::kReloading;
    case Phase::kRunning: break;
  }
  return parsers::Phase::kRunning;
}

std::string mapped_name(const std::string& name, const ipvs::RealKey& at) {
  const std::string stored = ipvs::endpoint_text(at.address, at.port);
  return stored == name ? name : fmt::format("{} mapped from {}", stored, name);
}

std::string added_virtual(const RosterVirtual& v) {
  return "Added virtual server: " + v.name;
}
std::string changed_virtual(const RosterVirtual& v) {
  return "Changed virtual server: " + v.name;
}

std::string purged_virtual(std::string_view when, const std::string& virtual_name) {
  return fmt::format("Purged virtual server ({}): {}", when, virtual_name);
}

std::string purged_real(std::string_view when, const std::string& real_name,
                        const RosterVirtual& v) {
  return fmt::format("Purged real server ({}): {}", when, in_virtual(real_name, v));
}

std::string added_server(std::string_view kind, const std::string& name, const RosterVirtual& v,
                         std::uint32_t weight) {
  return fmt::format("Added {} server: {} (Weight set to {})", kind, in_virtual(name, v), weight);
}

std::string restored_server(std::string_view kind, const std::string& name, const RosterVirtual& v,
                            std::uint32_t weight) {
  return fmt::format("Restored {} server: {} (Weight set to {})", kind, in_virtual(name, v),
                     weight);
}

std::string deleted_server(std::string_view kind, const std::string& name, const RosterVirtual& v) {
  return fmt::format("Deleted {} server: {}", kind, in_virtual(name, v));
}

std::string quiesced_real(const std::string& name, const RosterVirtual& v) {
  return fmt::format("Quiescent real server: {} (Weight set to 0)", in_virtual(name, v));
}

std::string soft_failure(const RosterReal& real, const RosterVirtual& v, std::uint32_t failures,
                         std::uint32_t limit) {
  return fmt::format("Soft failure real server: {} ({}) failure {}/{}", real.name, v.id, failures,
                     limit);
}

std::string reset_failures(const RosterReal& real, const RosterVirtual& v) {
  return fmt::format("Resetting soft failure count: {} ({})", real.name, v.id);
}

std::string failed_change(const ipvs::Op& op, std::string_view why) {
  return fmt::format("system(/sbin/ipvsadm {}) failed: {}", ipvs::command_text(op), why);
}

std::string in_virtual(const std::string& name, const RosterVirtual& v) {
  return fmt::format("{} ({})", name, v.name);
}

}  // namespace um::ldirectord
