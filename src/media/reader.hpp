// reader.hpp - calls back whenever a descriptor has something to read.
//
// Owns the descriptor. The callback is called again and again while it says that it found
// something, at most kBurst times before other work gets its turn, so a flooded socket cannot keep
// the loop from sending heartbeats. After the Reader is gone no callback comes.
#pragma once
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "media/fd.hpp"

namespace um::media {

class Reader {
 public:
  static constexpr int kBurst = 64;
  enum class Found : std::uint8_t { kSomething, kNothing, kEnd };  // kEnd: do not watch any longer

  Reader(const boost::asio::any_io_executor& executor, Fd fd, std::function<Found(int fd)> read);

  int fd() { return descriptor_.native_handle(); }

 private:
  void watch();
  void drain();

  boost::asio::posix::stream_descriptor descriptor_;
  std::function<Found(int)> read_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace um::media
