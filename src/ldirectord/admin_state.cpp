#include "ldirectord/admin_state.hpp"

#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace um::ldirectord {

std::string_view name_of(Admin admin) {
  switch (admin) {
    case Admin::kDrained: return "drained";
    case Admin::kDisabled: return "disabled";
    case Admin::kEnabled: break;
  }
  return "enabled";
}

Admin AdminState::find(const std::string& virtual_name, const std::string& real_name) const {
  for (const std::string& where : {virtual_name, std::string("*")})
    if (auto found = wishes_.find({real_name, where}); found != wishes_.end()) return found->second;
  return Admin::kEnabled;
}

bool AdminState::set(const std::string& virtual_name, const std::string& real_name, Admin admin) {
  if (virtual_name == "*")  // a wish for all replaces those for single virtual services
    std::erase_if(wishes_, [&](const auto& item) { return item.first.first == real_name; });
  const auto all = wishes_.find({real_name, "*"});
  const bool needed = admin != Admin::kEnabled || (virtual_name != "*" && all != wishes_.end());
  if (needed)
    wishes_[{real_name, virtual_name}] = admin;
  else
    wishes_.erase({real_name, virtual_name});
  return write();
}

void AdminState::read() {
  std::ifstream in(file_);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string state, real, where;
    if (!(words >> state >> real >> where)) continue;
    for (Admin admin : {Admin::kEnabled, Admin::kDrained, Admin::kDisabled})
      if (name_of(admin) == state) wishes_[{real, where}] = admin;
  }
}

bool AdminState::write() const {
  const std::size_t slash = file_.rfind('/');
  if (slash != std::string::npos) mkdir(file_.substr(0, slash).c_str(), 0755);
  const std::string fresh = file_ + ".new";
  std::string text =
      "# state real-server virtual-service, written by ldirectord drain|disable|enable\n";
  for (const auto& [key, admin] : wishes_)
    text += fmt::format("{} {} {}\n", name_of(admin), key.first, key.second);
  const int out = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (out < 0) return false;
  const bool written =
      ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      fsync(out) == 0;
  close(out);
  return written && rename(fresh.c_str(), file_.c_str()) == 0;
}

}  // namespace um::ldirectord
