// owned.hpp - the addresses that our scripts have added and not yet taken off.
//
// One small file per address, written by `start` and deleted by `stop`, so that the daemon's guard
// knows what it may put back when somebody else removes it (decision R29) without asking anyone.
//
//     192.168.0.105/24 brd 192.168.0.255 dev eth0 label eth0:0
//     announce 5 times, 200 ms apart
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "address/findif.hpp"
#include "address/frames.hpp"

namespace um::address {

inline constexpr const char* kOwnedDirectory = "/run/heartbeat/rsctmp/owned";

struct Owned {
  Assigned place;
  Schedule schedule;
};

std::string to_text(const Owned& owned);
std::optional<Owned> read_owned(std::string_view text);

class OwnedStore {
 public:
  explicit OwnedStore(std::filesystem::path directory = kOwnedDirectory)
      : directory_(std::move(directory)) {}

  /// Replaces what was known of the address. A reader sees the old file or the new one, whole.
  Result<void> remember(const Owned& owned) const;
  void forget(const Ip& ip) const;
  /// In order of file names. Files that cannot be read or understood are left out.
  std::vector<Owned> all() const;

  const std::filesystem::path& directory() const { return directory_; }

 private:
  std::filesystem::path directory_;
};

}  // namespace um::address
