// admin_state.hpp - what the operator asked for with `drain`, `disable` and `enable`.
//
// Kept in a small text file, one line per wish, so that it survives restarts; the file is replaced
// whole, never edited. A missing or unreadable file is an empty one.
#pragma once
#include <map>
#include <string>
#include <utility>

#include "ldirectord/health.hpp"

namespace um::ldirectord {

std::string_view name_of(Admin admin);  // "enabled", "drained", "disabled"

class AdminState {
 public:
  explicit AdminState(std::string file) : file_(std::move(file)) { read(); }

  /// For one real server of one virtual service, by their names in the log ("192.168.6.1:80",
  /// "10.0.0.1:80"). A wish for all virtual services ("*") counts where there is none of its own.
  Admin find(const std::string& virtual_name, const std::string& real_name) const;
  /// Notes and saves it; false with errno set when it cannot be saved.
  bool set(const std::string& virtual_name, const std::string& real_name, Admin admin);

  const std::map<std::pair<std::string, std::string>, Admin>& wishes() const { return wishes_; }

 private:
  void read();
  bool write() const;

  std::string file_;
  std::map<std::pair<std::string, std::string>, Admin> wishes_;  // (real, virtual)
};

}  // namespace um::ldirectord
