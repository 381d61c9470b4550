#include "media/send_trouble.hpp"

namespace um::media {

void SendTrouble::failed(std::string_view reason, TimePoint now) {
  failing_ = true;
  ++discarded_;
  if (!may_speak(now)) return;
  if (said_) {
    say_(LogLevel::kWarn, fmt::format("{} messages discarded due to write errors on {}.: {}",
                                      discarded_, medium_, reason));
  } else {
    say_(LogLevel::kError, fmt::format("write_child: write failure on {}.: {}", medium_, reason));
  }
  said_ = ever_said_ = true;
  last_line_ = now;
}

void SendTrouble::worked(TimePoint now) {
  if (!failing_) return;
  failing_ = false;
  if (said_) {
    say_(LogLevel::kInfo, fmt::format("{} can be written to again, {} messages were discarded.",
                                      medium_, discarded_));
    last_line_ = now;
  }
  said_ = false;
  discarded_ = 0;
}

}  // namespace um::media
