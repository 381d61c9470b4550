// stream.hpp - string-form messages out of a stream of bytes that may hold garbage.
//
// A serial line and the control FIFO have no packet ends (wire 4, api 8). Lines are skipped until
// one starts with `>>>`, collected until one starts with `<<<`; a `>>>` in between means that the
// message before it was torn (two writers of the old helpers, a lost byte), and starts anew
// (decision A14). Memory is bounded by kMaxPacket.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace um::wire {

class StreamReader {
 public:
  /// The messages that `bytes` completes, each from `>>>` LF to `<<<` LF.
  std::vector<std::string> feed(std::string_view bytes);

  /// How many messages were torn or too long since the start.
  unsigned torn() const { return torn_; }

 private:
  void take_line(std::string_view line, std::vector<std::string>& complete);
  void give_up();

  std::string line_;
  std::string message_;  // empty: waiting for a start
  unsigned torn_ = 0;
};

}  // namespace um::wire
