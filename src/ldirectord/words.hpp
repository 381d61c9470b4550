// words.hpp - the log lines and mail subjects of ldirectord, to the letter.
//
// Scripts and people search logs for them (spec ldirectord-runtime 5 and 10); everything the old
// program says about its table is said here and nowhere else.
#pragma once
#include <string>
#include <string_view>

#include "ipvs/plan.hpp"
#include "ldirectord/roster.hpp"

namespace um::ldirectord {

/// The release whose log lines and version line these are.
inline constexpr std::string_view kLinuxDirector = "Linux Director v1.186-ha";

/// Daemon-Status of mails and `status`.
enum class Phase : std::uint8_t { kStarting, kRunning, kStopping, kReloading };
std::string_view name_of(Phase phase);
parsers::Phase mail_phase(Phase phase);

/// "192.168.6.1:80", or "192.168.6.1:80 mapped from 192.168.6.1:8080" when the kernel keeps the
/// server under another port than the file names.
std::string mapped_name(const std::string& name, const ipvs::RealKey& at);

std::string added_virtual(const RosterVirtual& v);
std::string changed_virtual(const RosterVirtual& v);
/// `when` is "start" or "stop".
std::string purged_virtual(std::string_view when, const std::string& virtual_name);
std::string purged_real(std::string_view when, const std::string& real_name,
                        const RosterVirtual& v);
/// `kind` is "real" or "fallback".
std::string added_server(std::string_view kind, const std::string& name, const RosterVirtual& v,
                         std::uint32_t weight);
std::string restored_server(std::string_view kind, const std::string& name, const RosterVirtual& v,
                            std::uint32_t weight);
std::string deleted_server(std::string_view kind, const std::string& name, const RosterVirtual& v);
std::string quiesced_real(const std::string& name, const RosterVirtual& v);
std::string soft_failure(const RosterReal& real, const RosterVirtual& v, std::uint32_t failures,
                         std::uint32_t limit);
std::string reset_failures(const RosterReal& real, const RosterVirtual& v);
/// How a refused table change is logged.
std::string failed_change(const ipvs::Op& op, std::string_view why);
/// "192.168.6.1:80 (10.0.0.1:80)", what reminder mails are kept by.
std::string in_virtual(const std::string& name, const RosterVirtual& v);

}  // namespace um::ldirectord
