#include "tools/cluster_message.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace um::tools {

std::string fifo_text(MessageFields fields) {
  std::string text = ">>>\n";
  for (const auto& [name, value] : fields)
    text += std::string(name) + "=" + std::string(value) + "\n";
  return text + "<<<\n";
}

int send_to_cluster(MessageFields fields) {
  const char* named = std::getenv("HA_FIFO");
  const std::string fifo = named && *named ? named : "/var/lib/heartbeat/fifo";
  const int file = open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  struct stat state {};
  bool sent = false;
  if (file >= 0 && fstat(file, &state) == 0 && S_ISFIFO(state.st_mode)) {
    const std::string text = fifo_text(fields);
    sent = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }
  const int error = errno;
  if (file >= 0) close(file);
  if (sent) return 0;
  if (error == EACCES || error == EPERM) {
    std::cerr << "cannot create " << fifo << ": Permission denied\n";
    return 2;
  }
  const bool absent = file < 0 && (error == ENOENT || error == ENXIO);
  std::cerr << "WARN: message not sent: "
            << (absent ? "heartbeat is not running" : fifo + ": " + std::strerror(error)) << '\n';
  return 0;
}

}  // namespace um::tools
