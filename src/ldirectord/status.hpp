// status.hpp - what the director knows, for people, programs and Prometheus.
//
// Pure: a Report is taken from the director, then rendered. Every value carries its age.
#pragma once
#include <chrono>
#include <string>

#include "ipvs/kernel.hpp"
#include "ldirectord/director.hpp"

namespace um::ldirectord {

/// How the daemon itself is.
struct Vitals {
  TimePoint started{};
  std::uint64_t reloads = 0;
  std::uint64_t reloads_refused = 0;
  TimePoint config_read{};     // when the configuration in force was taken over
  std::string config_error;    // why the last reload was refused; empty: it was not
  TimePoint config_refused{};  // when that was
  std::size_t checks_running = 0;
  Duration check_overdue{0};  // how long the check that waits longest has been due
};

struct Report {
  const Director& director;
  ipvs::ConnectionTable connections;  // empty when the kernel could not be asked
  Vitals vitals;
  TimePoint now;
};

std::string render_verbose(const Report& report);
std::string render_json(const Report& report);
std::string render_prometheus(const Report& report);

}  // namespace um::ldirectord
