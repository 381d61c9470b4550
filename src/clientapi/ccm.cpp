#include "clientapi/ccm.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/local_socket.hpp"

namespace um::clientapi {
namespace {

constexpr std::size_t kInteger = 4, kName = 256;
constexpr int kNewMembership = 2, kEvicted = 1, kNodes = 4;

/// The integer at place `index`, 0 behind the end.
int integer(std::string_view bytes, std::size_t index) {
  std::int32_t value = 0;
  if (bytes.size() >= (index + 1) * kInteger)
    std::memcpy(&value, bytes.data() + index * kInteger, kInteger);
  return value;
}

/// How many items of `size` bytes there are behind `head` bytes, or `said` if that is less.
std::size_t count(std::string_view bytes, std::size_t head, std::size_t size, int said) {
  if (bytes.size() < head || said < 0) return 0;
  return std::min((bytes.size() - head) / size, static_cast<std::size_t>(said));
}

}  // namespace

void CcmReader::body(std::string_view bytes) {
  const int event = integer(bytes, 0);
  if (event == kNodes) nodes(bytes);
  if (event == kNewMembership || event == kEvicted) change(event, bytes);
}

void CcmReader::nodes(std::string_view bytes) {
  constexpr std::size_t kHead = 3 * kInteger, kItem = kInteger + kName;
  nodes_.clear();
  own_index_ = integer(bytes, 2);
  for (std::size_t i = 0; i < count(bytes, kHead, kItem, integer(bytes, 1)); ++i) {
    const std::string_view item = bytes.substr(kHead + i * kItem, kItem);
    const std::string_view name = item.substr(kInteger);
    nodes_.push_back({integer(item, 0), std::string(name.substr(0, name.find('\0'))), 0});
  }
}

void CcmReader::change(int event, std::string_view bytes) {
  constexpr std::size_t kHead = 4 * kInteger, kItem = 2 * kInteger;
  CcmMembership now;
  now.evicted = event == kEvicted;
  now.instance = integer(bytes, 2);
  now.quorum = integer(bytes, 3) != 0;
  for (std::size_t i = 0; i < count(bytes, kHead, kItem, integer(bytes, 1)); ++i) {
    const std::string_view item = bytes.substr(kHead + i * kItem, kItem);
    const int index = integer(item, 0);
    if (index < 0 || static_cast<std::size_t>(index) >= nodes_.size()) continue;
    CcmMember member = nodes_[static_cast<std::size_t>(index)];
    member.born = integer(item, 1);
    now.ours = now.ours || index == own_index_;
    now.members.push_back(std::move(member));
  }
  std::ranges::stable_sort(now.members, {}, &CcmMember::born);
  membership_ = std::move(now);
}

std::optional<CcmMembership> ccm_membership(const std::filesystem::path& socket,
                                            Deadline deadline) {
  const int fd = connect_local(socket);
  if (fd < 0) return std::nullopt;
  FrameReader frames;
  CcmReader ccm;
  std::array<char, 16384> buffer;
  while (!ccm.membership() && !frames.broken()) {
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, milliseconds_until(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    for (const std::string& body : frames.feed({buffer.data(), static_cast<std::size_t>(size)}))
      ccm.body(body);
  }
  ::close(fd);
  return ccm.membership();
}

}  // namespace um::clientapi
