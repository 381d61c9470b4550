#include "base/logd.hpp"

#include <cerrno>
#include <cstdint>

#include <sys/socket.h>
#include <unistd.h>

#include "base/local_socket.hpp"

namespace um {
namespace {

constexpr std::uint32_t kMagic = 0x0000abcd;
constexpr std::int32_t kText = 2;
constexpr std::size_t kEntity = 64;
constexpr std::size_t kLongestText = 4000;  // ha_logd's own limit is a little above

template <class Integer>
void put(std::string& out, Integer value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

std::string logd_frame(const LogLine& line, std::string_view entity, int facility, int priority) {
  const std::string_view text = std::string_view(line.text).substr(0, kLongestText);
  const std::string_view name =
      (line.tag.empty() ? entity : std::string_view(line.tag)).substr(0, kEntity - 1);
  std::string body;
  put(body, kText);
  put(body, std::int32_t{facility});
  put(body, std::int32_t{priority});
  put(body, static_cast<std::int32_t>(text.size() + 1));
  put(body, std::int32_t{1});  // it writes the word of the priority before the text
  put(body, static_cast<std::int32_t>(line.pid));
  body.append(name).append(kEntity - name.size(), '\0');
  put(body, static_cast<std::int64_t>(std::chrono::system_clock::to_time_t(line.time)));
  body.append(text).push_back('\0');
  std::string out;
  put(out, static_cast<std::uint32_t>(body.size()));
  put(out, kMagic);
  return out + body;
}

Logd::Logd(std::string socket, std::chrono::milliseconds retry)
    : socket_(std::move(socket)), retry_(retry) {}

Logd::~Logd() {
  close();
}

void Logd::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool Logd::connect() {
  const auto now = std::chrono::steady_clock::now();
  if (tried_ != std::chrono::steady_clock::time_point{} && now - tried_ < retry_) return false;
  tried_ = now;
  fd_ = connect_local(socket_, SOCK_STREAM | SOCK_NONBLOCK);
  return fd_ >= 0;
}

bool Logd::send(const std::string& frame) {
  if (fd_ < 0 && !connect()) return false;
  const ssize_t sent = ::send(fd_, frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(frame.size())) return true;
  // A part of a frame cannot be taken back: the connection is of no use any more.
  if (sent > 0 || errno != EAGAIN) close();
  return false;
}

}  // namespace um
