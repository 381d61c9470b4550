// config_watch.hpp - notices that the configuration file has changed on disk.
//
// Pure; the caller looks at the file. Spec ldirectord-config 11 with decision L34: the time stamp
// first, the content only when it differs, each content once, and compared with what was really
// parsed, so that an edit right after the start is seen.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

namespace um::ldirectord {

struct FileStamp {
  bool exists = false;
  std::int64_t modified = 0;  // nanoseconds
  bool operator==(const FileStamp&) const = default;
};

class ConfigWatch {
 public:
  enum class Seen : std::uint8_t { kNothing, kMissing, kChanged };

  /// What was read: its digest, and its stamp before reading.
  void parsed(const FileStamp& stamp, const std::string& digest);
  /// kMissing and kChanged are said once. `digest` is called only when needed; an empty one means
  /// unreadable.
  Seen look(const FileStamp& stamp, const std::function<std::string()>& digest);

 private:
  FileStamp stamp_;
  std::string digest_;
  bool missing_ = false;
};

}  // namespace um::ldirectord
