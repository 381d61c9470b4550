#include "wire/stream.hpp"

#include "wire/codec.hpp"

namespace um::wire {

std::vector<std::string> StreamReader::feed(std::string_view bytes) {
  std::vector<std::string> complete;
  for (char c : bytes) {
    if (c == '\n') {
      take_line(line_, complete);
      line_.clear();
    } else if (c != '\0') {  // a writer that ends its message as a datagram does
      line_ += c;
    }
    if (line_.size() + message_.size() > kMaxPacket) give_up();
  }
  return complete;
}

void StreamReader::take_line(std::string_view line, std::vector<std::string>& complete) {
  if (line.starts_with(">>>")) {
    if (!message_.empty()) ++torn_;
    message_ = ">>>\n";
  } else if (message_.empty()) {
    return;
  } else if (line.starts_with("<<<")) {
    complete.push_back(std::move(message_) + "<<<\n");
    message_.clear();
  } else {
    message_.append(line).append("\n");
  }
}

void StreamReader::give_up() {
  if (!message_.empty()) ++torn_;
  message_.clear();
  line_.clear();
}

}  // namespace um::wire
