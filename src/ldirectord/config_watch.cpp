#include "ldirectord/config_watch.hpp"

#include <utility>

namespace um::ldirectord {

void ConfigWatch::parsed(const FileStamp& stamp, const std::string& digest) {
  stamp_ = stamp;
  if (!digest.empty()) digest_ = digest;
}

ConfigWatch::Seen ConfigWatch::look(const FileStamp& stamp,
                                    const std::function<std::string()>& digest) {
  if (!stamp.exists) return std::exchange(missing_, true) ? Seen::kNothing : Seen::kMissing;
  missing_ = false;
  if (stamp == stamp_) return Seen::kNothing;
  stamp_ = stamp;
  std::string now = digest();
  if (now.empty() || now == digest_) return Seen::kNothing;
  digest_ = std::move(now);
  return Seen::kChanged;
}

}  // namespace um::ldirectord
