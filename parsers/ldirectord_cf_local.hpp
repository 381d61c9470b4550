// ldirectord_cf_local.hpp - the second stage: ldirectord.cf read on this machine.
//
// load_ldirectord_cf is what the daemon, its reload and `ultramonkey check` use. It blocks on the
// disk and on name look-ups (within the resolver's deadline); a daemon that is serving calls it on
// a helper thread.
#pragma once
#include <memory>
#include <string>

#include "parsers/ldirectord_cf.hpp"

namespace um::parsers {

enum class Touch : bool {
  kLookOnly,  // for a check: nothing is created
  kCreate     // as the old program: logfile and monitorfile are opened for append, so created
};

class LocalFiles final : public Files {
 public:
  explicit LocalFiles(Touch touch) : touch_(touch) {}
  std::string append_error(const std::string& path) override;
  bool is_directory(const std::string& path) override;

 private:
  Touch touch_;
};

/// $HOSTNAME if it is set, even when it is empty, else the kernel's node name.
std::string local_host_name();

struct LoadedLdirectordCf {
  std::shared_ptr<const Source> source;  // never nullptr; empty when the file could not be read
  Parsed<LdirectordConfig> parsed;
};

/// A file that can not be read gives one error, in the old words `can not open file PATH`.
LoadedLdirectordCf load_ldirectord_cf(const std::string& path, Resolver& resolver, Touch touch,
                                      bool debug = false);

}  // namespace um::parsers
