// state_files.hpp - what must outlive the process: generation, uuid, deleted nodes (spec wire 8).
//
// Byte-compatible with heartbeat 3.0.6 in both directions. Functions say what they did as log
// lines; they never guess silently.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.hpp"

namespace um::heartbeat {

struct StateLine {
  LogLevel level = LogLevel::kInfo;
  std::string text;
};

/// A value with the lines that its finding or making deserves; nothing when it could not be stored.
template <class T>
struct Stored {
  std::optional<T> value;
  std::vector<StateLine> lines;
};

/// The next generation, on disk before it is returned. A missing or unreadable number starts at the
/// unix time + 1 (decision W3), so that it is always above what the peers remember of us.
Stored<std::uint64_t> next_generation(const std::filesystem::path& file, std::int64_t unix_time);

using Uuid = std::array<std::uint8_t, 16>;

/// The node's identity; generated and stored at the first start.
Stored<Uuid> own_uuid(const std::filesystem::path& file);
/// `uuidfrom nodename`: the same name always has the same uuid.
Uuid uuid_of_name(const std::string& node);

/// One line per deleted node, replaced in one step (`.tmp` and rename). False with errno set when
/// that failed.
bool save_deleted_nodes(const std::filesystem::path& file, std::span<const std::string> names);

}  // namespace um::heartbeat
