// send_trouble.hpp - says that a medium cannot write, without saying it with every heartbeat.
//
// The first failure is an ERROR line with its reason; while it lasts one WARN line per minute
// counts what was lost; the end is one info line. A medium that fails and recovers in quick
// succession says so once per minute. Lines as wire 9.6.
#pragma once
#include <string>

#include "base/clock.hpp"
#include "media/medium.hpp"

namespace um::media {

class SendTrouble {
 public:
  static constexpr std::chrono::seconds kInterval{60};

  /// `medium` as the log names it: "bcast eth0".
  SendTrouble(std::string medium, Say say) : medium_(std::move(medium)), say_(std::move(say)) {}

  void failed(std::string_view reason, TimePoint now);
  void worked(TimePoint now);

 private:
  bool may_speak(TimePoint now) const { return !ever_said_ || now - last_line_ >= kInterval; }

  std::string medium_;
  Say say_;
  bool failing_ = false;
  bool said_ = false;       // this episode
  bool ever_said_ = false;  // any episode; last_line_ is valid
  TimePoint last_line_{};
  unsigned discarded_ = 0;
};

}  // namespace um::media
