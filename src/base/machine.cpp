#include "base/machine.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <future>
#include <thread>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <net/if.h>
#include <netdb.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace um {
namespace {

constexpr std::size_t kLargestFile = 64u << 20;
constexpr std::size_t kNameBuffer = 16 * 1024;  // for one passwd or group entry

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Never blocks: a FIFO or a terminal in place of a file reads as what is there now.
int read_all(int fd, std::string& text) {
  std::array<char, 64 * 1024> buffer;
  for (;;) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN ? 0 : errno;
    if (got == 0) return 0;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > kLargestFile) return EFBIG;
  }
}

Resolved look_up(const std::string& host, int family, int flags) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  Resolved result;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) {
    result.error = error == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(error);
    return result;
  }
  for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(at->ai_addr, at->ai_addrlen, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) == 0)
      result.addresses.emplace_back(text.data());
  }
  freeaddrinfo(list);
  return result;
}

/// Whether the interface that `request` names connects two machines and nobody else.
bool is_for_two(int socket, ifreq request) {
  if (ioctl(socket, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_POINTOPOINT) != 0)
    return true;
  if (ioctl(socket, SIOCGIFNETMASK, &request) != 0) return false;
  sockaddr_in mask{};
  std::memcpy(&mask, &request.ifr_netmask, sizeof mask);
  const int prefix = std::popcount(mask.sin_addr.s_addr);
  return prefix == 30 || prefix == 31;
}

bool exists(const std::filesystem::path& path) {
  return access(path.c_str(), F_OK) == 0;
}

class RealMachine final : public Machine {
 public:
  explicit RealMachine(std::chrono::milliseconds resolve_limit) : resolve_limit_(resolve_limit) {}

  std::string node_name() const override {
    utsname name{};
    return uname(&name) == 0 ? name.nodename : "";
  }

  FileContent read_file(const std::filesystem::path& path) const override {
    FileContent content;
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat state {};
    if (file.get() < 0 || fstat(file.get(), &state) != 0) {
      content.error = errno;
      return content;
    }
    content.mode = state.st_mode & 07777;
    content.owner = state.st_uid;
    content.is_directory = S_ISDIR(state.st_mode);
    if (!content.is_directory) content.error = read_all(file.get(), content.text);
    return content;
  }

  FileState file_state(const std::filesystem::path& path) const override {
    struct stat state {};
    if (stat(path.c_str(), &state) != 0) return {};
    FileState result{FileKind::kOther, (state.st_mode & 0111) != 0};
    if (S_ISREG(state.st_mode)) result.kind = FileKind::kRegular;
    if (S_ISDIR(state.st_mode)) result = {FileKind::kDirectory, true};
    if (S_ISCHR(state.st_mode)) result.kind = FileKind::kCharDevice;
    return result;
  }

  std::vector<std::string> glob(const std::filesystem::path& directory,
                                const std::string& pattern) const override {
    const bool absolute = pattern.starts_with('/');
    const std::string prefix = directory.string() + "/";
    glob_t found{};
    std::vector<std::string> out;
    if (::glob((absolute ? pattern : prefix + pattern).c_str(), 0, nullptr, &found) == 0)
      for (std::size_t i = 0; i < found.gl_pathc; ++i)
        out.emplace_back(found.gl_pathv[i] + (absolute ? 0 : prefix.size()));
    globfree(&found);
    return out;
  }

  InterfaceState interface(const std::string& name) const override {
    InterfaceState result;
    if (name.empty() || name.size() >= IFNAMSIZ) return result;
    result.index = if_nametoindex(name.c_str());
    const Descriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    // Asked as the old program asked, so that an alias (eth0:0) counts as an interface.
    result.has_ipv4 = ioctl(any.get(), SIOCGIFADDR, &request) == 0;
    result.exists = result.index != 0 || result.has_ipv4;
    result.pair_only = result.has_ipv4 && is_for_two(any.get(), request);
    return result;
  }

  std::optional<User> user(const std::string& name) const override {
    std::vector<char> buffer(kNameBuffer);
    passwd entry{};
    passwd* found = nullptr;
    getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found == nullptr) return std::nullopt;
    return User{entry.pw_uid, entry.pw_gid};
  }

  std::optional<gid_t> group(const std::string& name) const override {
    std::vector<char> buffer(kNameBuffer);
    ::group entry{};
    ::group* found = nullptr;
    getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found == nullptr) return std::nullopt;
    return entry.gr_gid;
  }

  Resolved resolve(const std::string& host, Family family) const override {
    const int number = family == Family::kInet ? AF_INET : AF_INET6;
    if (Resolved numeric = look_up(host, number, AI_NUMERICHOST); !numeric.addresses.empty())
      return numeric;
    // getaddrinfo has no deadline; a thread that comes too late answers nobody.
    std::packaged_task<Resolved()> task([host, number] { return look_up(host, number, 0); });
    std::future<Resolved> answer = task.get_future();
    std::thread(std::move(task)).detach();
    if (answer.wait_for(resolve_limit_) == std::future_status::ready) return answer.get();
    return {{}, "the name server does not answer"};
  }

  std::optional<std::uint16_t> udp_port_of_service(const std::string& name) const override {
    const servent* entry = getservbyname(name.c_str(), "udp");
    if (entry == nullptr) return std::nullopt;
    return ntohs(static_cast<std::uint16_t>(entry->s_port));
  }

  std::string udp_service_of_port(std::uint16_t port) const override {
    const servent* entry = getservbyport(htons(port), "udp");
    return entry == nullptr ? "" : entry->s_name;
  }

  bool has_stonith_type(const std::string& type) const override {
    if (type.starts_with("fence/")) return exists("/usr/sbin/fence_" + type.substr(6));
    if (type.starts_with("rhcs/")) return exists("/usr/sbin/fence_" + type.substr(5));
    // cluster-glue: shared objects, and scripts that a shared object of their directory's name
    // runs.
    for (const std::string& base : glob("/", "/usr/lib/*/stonith/plugins"))
      if (has_plugin(base, type)) return true;
    return has_plugin("/usr/lib/stonith/plugins", type);
  }

 private:
  static bool has_plugin(const std::string& base, const std::string& type) {
    const bool script = type.starts_with("external/");
    return exists(script ? base + "/" + type : base + "/stonith2/" + type + ".so");
  }

  std::chrono::milliseconds resolve_limit_;
};

}  // namespace

std::unique_ptr<Machine> real_machine(std::chrono::milliseconds resolve_limit) {
  return std::make_unique<RealMachine>(resolve_limit);
}

}  // namespace um
