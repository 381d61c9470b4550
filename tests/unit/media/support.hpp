// support.hpp - a network of two ends in namespaces of the test's own, and what a medium said.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "media/medium.hpp"

namespace um::media::test {

/// Two network namespaces joined by a veth pair: `left` has it as eth0 with 10.77.0.1/24 and
/// fd00:77::1, `right` as eth0 with 10.77.0.2/24 and fd00:77::2. Sockets opened inside in(left,
/// ...) belong to that namespace for ever. Skips nothing: available() says whether the machine lets
/// us.
class TwoHosts {
 public:
  enum Side { kLeft, kRight };

  TwoHosts();
  ~TwoHosts();
  TwoHosts(const TwoHosts&) = delete;
  TwoHosts& operator=(const TwoHosts&) = delete;

  static bool available();
  void in(Side side, const std::function<void()>& work);
  /// Runs a command line there; fails the test unless it succeeds.
  void run(Side side, const std::string& command);

 private:
  int home_ = -1;
  int namespaces_[2] = {-1, -1};
};

/// Lines as "LEVEL: text".
struct Said {
  std::vector<std::string> lines;
  Say sink() {
    return [this](LogLevel level, const std::string& text) {
      lines.push_back(std::string(word_of(level)) + ": " + text);
    };
  }
};

/// Runs the loop until `done` or for at most twenty seconds.
bool run_until(boost::asio::io_context& io, const std::function<bool()>& done);

}  // namespace um::media::test
