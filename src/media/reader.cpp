#include "media/reader.hpp"

namespace um::media {

namespace asio = boost::asio;

Reader::Reader(const asio::any_io_executor& executor, Fd fd, std::function<Found(int)> read)
    : descriptor_(executor), read_(std::move(read)) {
  descriptor_.assign(fd.get());  // throws before it owns the descriptor, if at all
  fd.release();
  watch();
}

void Reader::watch() {
  std::weak_ptr<bool> alive = alive_;
  descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this, alive](const boost::system::error_code& error) {
                           if (!error && !alive.expired()) drain();
                         });
}

// The callback may end this Reader's life: it runs from a copy, and nothing is touched after that.
void Reader::drain() {
  std::weak_ptr<bool> alive = alive_;
  auto read = read_;
  for (int i = 0; i < kBurst; ++i) {
    Found found = read(fd());
    if (alive.expired() || found == Found::kEnd) return;
    if (found == Found::kNothing) break;
  }
  watch();
}

}  // namespace um::media
