#include "ldirectord/maintenance.hpp"

#include <cctype>
#include <memory>

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace um::ldirectord {
namespace {

namespace asio = boost::asio;

constexpr Duration kNameLifetime = std::chrono::minutes(5);

// The first label, when it looks like one (spec: `[a-z][a-z0-9-]+\.`).
std::string short_name(const std::string& reverse) {
  const std::size_t dot = reverse.find('.');
  if (dot == std::string::npos || dot < 2) return {};
  for (std::size_t i = 0; i < dot; ++i) {
    const char c = reverse[i];
    const bool letter = c >= 'a' && c <= 'z';
    const bool other = (c >= '0' && c <= '9') || c == '-';
    if (!letter && !(other && i > 0)) return {};
  }
  return reverse.substr(0, dot);
}

}  // namespace

std::vector<std::string> maintenance_names(const ipvs::Address& address,
                                           const std::string& real_name,
                                           const std::string& reverse) {
  const std::string port = real_name.substr(real_name.rfind(':'));
  const std::string host =
      address.family == ipvs::Family::kIpv6 ? "[" + address.text() + "]" : address.text();
  std::vector<std::string> names{host + port, host};
  for (const std::string& name : {reverse, short_name(reverse)})
    if (!name.empty()) {
      names.push_back(name + port);
      names.push_back(name);
    }
  return names;
}

void Maintenance::use_directory(const std::string& directory) {
  if (directory != directory_) {
    listed_modified_ = -1;
    files_.clear();
  }
  directory_ = directory;
}

void Maintenance::refresh() {
  struct stat status {};
  if (stat(directory_.c_str(), &status) != 0) {
    files_.clear();
    listed_modified_ = -1;
    return;
  }
  const std::int64_t modified = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
  if (modified == listed_modified_) return;
  std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(directory_.c_str()), &closedir);
  if (!directory) return;
  files_.clear();
  while (const dirent* entry = readdir(directory.get())) files_.insert(entry->d_name);
  files_.erase(".");
  files_.erase("..");
  // A change within the clock tick of this listing could be missed: look again next time.
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t age = now.tv_sec * 1'000'000'000LL + now.tv_nsec - modified;
  listed_modified_ = age > 20'000'000 ? modified : -1;
}

const std::string& Maintenance::reverse_name(const ipvs::Address& address) {
  Name& name = names_[address];
  const TimePoint now = read_clock().monotonic;
  if (name.pending || (name.asked != TimePoint{} && now - name.asked < kNameLifetime))
    return name.text;
  name.pending = true;
  name.asked = now;
  boost::system::error_code ignored;
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address.text(), ignored), 0);
  resolver_.async_resolve(
      endpoint, [this, address](const boost::system::error_code& error, const auto& results) {
        if (error == asio::error::operation_aborted) return;
        Name& found = names_[address];
        found.pending = false;
        found.text = error || results.empty() ? std::string() : results.begin()->host_name();
        if (found.text == address.text())
          found.text.clear();  // no name: the numeric form came back
      });
  return name.text;
}

bool Maintenance::contains(const RosterReal& real) {
  if (directory_.empty()) return false;
  refresh();
  // Names are asked for early, so that they are known by the time somebody makes a file.
  const std::string& reverse = reverse_name(real.at.address);
  if (files_.empty()) return false;
  for (const std::string& name : maintenance_names(real.at.address, real.name, reverse))
    if (files_.contains(name)) return true;
  return false;
}

}  // namespace um::ldirectord
