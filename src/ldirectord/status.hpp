// status.hpp - what the director knows, for people, programs and Prometheus.
//
// Pure: a Report is taken from the director, then rendered. Every value carries its age.
#pragma once
#include <chrono>
#include <string>

#include "ipvs/kernel.hpp"
#include "ldirectord/director.hpp"

namespace um::ldirectord {

struct Report {
  const Director& director;
  ipvs::ConnectionTable connections;  // empty when the kernel could not be asked
  std::string config_error;           // why the last reload was refused; empty: it was not
  std::chrono::seconds uptime{0};
  TimePoint now;
};

std::string render_verbose(const Report& report);
std::string render_json(const Report& report);
std::string render_prometheus(const Report& report);

}  // namespace um::ldirectord
