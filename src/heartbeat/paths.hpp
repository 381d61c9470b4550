// paths.hpp - every place of the file system that heartbeat knows, once.
//
// The defaults are the legacy ones (spec ha-cf 1, heartbeat-resources 1); a test makes its own
// tree. Nothing else in this room spells a path.
#pragma once
#include <filesystem>
#include <string>

namespace um::heartbeat {

struct Paths {
  using path = std::filesystem::path;

  path etc = "/etc/ha.d";                    // ha.cf authkeys haresources nodeinfo harc rc.d
  path state = "/var/lib/heartbeat";         // hb_generation hb_uuid fifo delhostcache cores
  path run = "/run/heartbeat";               // register socket, rsctmp
  path pid_file = "/run/heartbeat.pid";      // also locked by the guardian while it lives
  path programs = "/usr/libexec/heartbeat";  // ipfail and the other clients
  path scripts = "/usr/share/heartbeat";     // ResourceManager mach_down hb_standby ...
  path shipped_rc_scripts = "/usr/share/ultramonkey/rc.d";  // rc.d as we deliver it
  path init_scripts = "/etc/init.d";                        // the second place of resource scripts
  path ocf_root = "/usr/lib/ocf";
  path reboot = "/sbin/reboot";
  path init = "/sbin/init";
  path load_average = "/proc/loadavg";
  path dev_null = "/dev/null";

  path ha_cf() const { return etc / "ha.cf"; }
  path authkeys() const { return etc / "authkeys"; }
  path nodeinfo() const { return etc / "nodeinfo"; }
  path haresources() const { return etc / "haresources"; }
  path resource_scripts() const { return etc / "resource.d"; }
  path rc_scripts() const { return etc / "rc.d"; }
  path harc() const { return etc / "harc"; }
  path generation() const { return state / "hb_generation"; }
  path uuid() const { return state / "hb_uuid"; }
  path deleted_nodes() const { return state / "delhostcache"; }
  path fifo() const { return state / "fifo"; }
  path cores() const { return state / "cores"; }
  path root_cores() const { return cores() / "root"; }  // working directory of the daemon
  path register_socket() const { return run / "register"; }
  path resource_scratch() const { return run / "rsctmp"; }
  path owned_addresses() const { return resource_scratch() / "owned"; }  // as address/owned.hpp
};

/// A file of `etc` as the old daemon spells it in its lines: /etc/ha.d//ha.cf.
inline std::string legacy_spelling(const std::filesystem::path& file) {
  return file.parent_path().string() + "//" + file.filename().string();
}

}  // namespace um::heartbeat
