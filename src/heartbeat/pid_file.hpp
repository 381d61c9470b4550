// pid_file.hpp - who runs: the file /run/heartbeat.pid, 11 bytes, and the process it names.
//
// A pid is believed only when its process is a heartbeat, ours or the old one, by executable
// (decision H4). The guardian holds a lock on the file while it lives, so two starts at the same
// moment cannot both win.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

namespace um::heartbeat {

enum class RunState : std::uint8_t {
  kRunning,
  kStale,    // there is a pid in the file but no heartbeat has it: `-s` exits 1
  kStopped,  // no file, or nothing that could be a pid in it: `-s` exits 3
};

struct RunningDaemon {
  RunState state = RunState::kStopped;
  pid_t pid = 0;  // what the file says; 0 when kStopped
};

RunningDaemon look_up(const std::filesystem::path& pid_file);

/// Whether a live process (no zombie) of that number runs a program file named `heartbeat`.
bool is_heartbeat(pid_t pid);

/// The file as we write it: the pid right-aligned in ten columns, and a newline.
std::string pid_file_text(pid_t pid);

/// Our own entry. Removed by remove(), not by the destructor: a crash must leave the trace.
class PidFile {
 public:
  PidFile() = default;
  ~PidFile();
  PidFile(PidFile&& other) noexcept;
  PidFile& operator=(PidFile&& other) noexcept;

  /// Creates, locks and writes the file; errno of the failure, EWOULDBLOCK when another guardian
  /// holds the lock.
  static std::optional<PidFile> claim(const std::filesystem::path& path, int& error);
  void remove();

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

}  // namespace um::heartbeat
