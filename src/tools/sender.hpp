// sender.hpp - one process per address that announces it, and the pid file by which it is stopped.
//
// The file holds the sender's pid and is locked by it for as long as it runs, so a number left in
// it by a dead process never gets anybody else killed. Sending goes on in the background: the
// script that started it has long returned (decision S15).
#pragma once
#include <filesystem>

#include "address/frames.hpp"
#include "address/packet_socket.hpp"
#include "address/table.hpp"

namespace um::tools {

class Sender {
 public:
  explicit Sender(std::filesystem::path pid_file) : pid_file_(std::move(pid_file)) {}

  /// Ends the one that runs and removes its file. False: none was running.
  bool stop() const;
  /// Whether one runs now.
  bool running() const;

  /// Replaces the one that runs. Returns at once; the child sends.
  address::Result<void> start_in_background(const address::Link& link,
                                            const address::Announcement& announcement) const;
  /// Replaces the one that runs and sends here and now.
  address::Result<void> run(const address::Link& link,
                            const address::Announcement& announcement) const;

 private:
  std::filesystem::path pid_file_;
};

/// Where the IP scripts keep it: /run/heartbeat/rsctmp/send_arp/send_arp-ADDR.
std::filesystem::path sender_pid_file(const address::Ip& ip);

}  // namespace um::tools
