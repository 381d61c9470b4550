#include "heartbeat/state_files.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace um::heartbeat {
namespace {

constexpr std::size_t kGenerationBytes = 16;

std::optional<std::string> read_all(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(256, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return text;
}

/// On the disk, not only in its cache, when it returns true: a generation that goes back after a
/// power loss would make the peers drop all our packets as replays.
bool write_durably(const std::filesystem::path& file, std::string_view bytes) {
  const std::filesystem::path fresh = file.string() + ".tmp";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return false;
  bool good = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
              ::fchmod(fd, 0644) == 0 && ::fsync(fd) == 0;
  int error = errno;
  ::close(fd);
  if (good) {
    good = ::rename(fresh.c_str(), file.c_str()) == 0;
    error = errno;
  }
  if (const int dir = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      good && dir >= 0) {
    ::fsync(dir);
    ::close(dir);
  }
  if (!good) ::unlink(fresh.c_str());
  errno = error;
  return good;
}

std::optional<std::uint64_t> parse_generation(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + begin, end, number);
  if (error != std::errc{} || (stop != end && *stop != '\n')) return std::nullopt;
  return number;
}

}  // namespace

Stored<std::uint64_t> next_generation(const std::filesystem::path& file, std::int64_t unix_time) {
  Stored<std::uint64_t> out;
  const std::optional<std::string> text = read_all(file);
  const std::optional<std::uint64_t> previous = text ? parse_generation(*text) : std::nullopt;
  const std::uint64_t next = previous.value_or(static_cast<std::uint64_t>(unix_time)) + 1;
  if (!text || text->empty())
    out.lines.push_back(
        {LogLevel::kWarn, fmt::format("No Previous generation - starting at {}", next)});
  else if (!previous)
    out.lines.push_back(
        {LogLevel::kWarn, fmt::format("BROKEN previous generation - starting at {}", next)});
  std::string line = fmt::format("{:>15}\n", next);
  static_assert(kGenerationBytes == 16);
  if (write_durably(file, line)) {
    out.value = next;
    out.lines.push_back({LogLevel::kInfo, fmt::format("Heartbeat generation: {}", next)});
  } else {
    out.lines.push_back({LogLevel::kError, fmt::format("Cannot write the generation to {}: {}",
                                                       file.string(), std::strerror(errno))});
  }
  return out;
}

Stored<Uuid> own_uuid(const std::filesystem::path& file) {
  Stored<Uuid> out;
  Uuid uuid{};
  if (const auto bytes = read_all(file); bytes && bytes->size() >= uuid.size()) {
    std::memcpy(uuid.data(), bytes->data(), uuid.size());
    out.value = uuid;
    return out;
  }
  out.lines.push_back({LogLevel::kInfo, "No uuid found for current node - generating a new uuid."});
  if (::getrandom(uuid.data(), uuid.size(), 0) != static_cast<ssize_t>(uuid.size())) return out;
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x40);  // RFC 4122: version 4
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
  if (write_durably(file, {reinterpret_cast<const char*>(uuid.data()), uuid.size()}))
    out.value = uuid;
  else
    out.lines.push_back({LogLevel::kError, fmt::format("Cannot write the uuid to {}: {}",
                                                       file.string(), std::strerror(errno))});
  return out;
}

Uuid uuid_of_name(const std::string& node) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  ::SHA1(reinterpret_cast<const unsigned char*>(node.data()), node.size(), digest.data());
  Uuid uuid{};
  std::copy_n(digest.begin(), uuid.size(), uuid.begin());
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x50);  // RFC 4122: version 5
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
  return uuid;
}

bool save_deleted_nodes(const std::filesystem::path& file, std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names)
    text += name + "\t00000000-0000-0000-0000-000000000000\t100\t\n";
  return write_durably(file, text);
}

}  // namespace um::heartbeat
