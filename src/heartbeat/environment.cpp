#include "heartbeat/environment.hpp"

namespace um::heartbeat {
namespace {

bool has_facility(const parsers::HaConfig& config) {
  return config.log.logfacility && *config.log.logfacility != "none";
}

}  // namespace

Environment child_environment(const parsers::HaConfig& config, const std::string& own_node,
                              const Paths& paths, Environment inherited, int debug_level) {
  Environment out = std::move(inherited);
  for (const parsers::Parameter& parameter : config.parameters)
    out["HA_" + parameter.name] = parameter.value;
  // A facility without files: the scripts' shell functions must not fall back to files of their own
  // (spec ha-cf 5 step 16). HA_LOGFILE stays empty all the same.
  if (has_facility(config)) {
    if (config.log.logfile.empty()) out["HA_logfile"] = paths.dev_null;
    if (config.log.debugfile.empty()) out["HA_debugfile"] = paths.dev_null;
  }
  out["HA_CURHOST"] = own_node;
  out["HA_DIR"] = paths.etc.string() + "/";
  out["HA_FUNCS"] = legacy_spelling(paths.etc / "shellfuncs");
  out["HA_DATEFMT"] = "%Y/%m/%d_%T\t";
  out["HA_LOGFILE"] = config.log.logfile;
  out["HA_DEBUGLOG"] = config.log.debugfile;
  if (has_facility(config)) out["HA_LOGFACILITY"] = *config.log.logfacility;
  out["HA_COMPRESSION"] = config.compression.module;
  out["OCF_ROOT"] = paths.ocf_root;
  out["HA_debug"] = std::to_string(debug_level);
  for (const auto& [name, value] : config.environment) out["HA_" + name] = value;
  return out;
}

Environment script_environment(Environment child, const parsers::HaConfig& config) {
  child["HA_LOGD"] = config.log.use_logd.value_or(false) ? "yes" : "no";
  return child;
}

}  // namespace um::heartbeat
