#include "heartbeat/fifo.hpp"

#include <array>
#include <cerrno>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace um::heartbeat {

namespace asio = boost::asio;

void FrameCutter::line(Result& result) {
  const std::size_t text = line_.find_first_not_of('\t');
  line_.erase(0, text == std::string::npos ? line_.size() : text);
  if (line_.starts_with(">>>")) {
    if (!frame_.empty()) result.broken.push_back(line_);
    frame_ = ">>>\n";
  } else if (frame_.empty()) {
    return;  // garbage between frames was always skipped silently
  } else if (line_.starts_with("<<<")) {
    result.frames.push_back(std::exchange(frame_, {}) + "<<<\n");
  } else if (line_.find('=') == std::string::npos || frame_.size() + line_.size() > kLargestFrame) {
    result.broken.push_back(line_);
    frame_.clear();
  } else {
    frame_ += line_ + "\n";
  }
}

FrameCutter::Result FrameCutter::feed(std::string_view bytes) {
  Result result;
  for (char c : bytes) {
    if (c == '\n') {
      line(result);
      line_.clear();
    } else if (line_.size() < kLargestFrame) {
      line_.push_back(c);
    }
  }
  return result;
}

struct Fifo::Reader : std::enable_shared_from_this<Fifo::Reader> {
  Reader(asio::any_io_executor executor, Handlers h)
      : descriptor(std::move(executor)), handlers(std::move(h)) {}

  void watch() {
    descriptor.async_read_some(
        asio::buffer(buffer),
        [self = shared_from_this()](boost::system::error_code error, std::size_t n) {
          if (error) return;
          const FrameCutter::Result result = self->cutter.feed({self->buffer.data(), n});
          for (const std::string& line : result.broken) self->handlers.broken(line);
          for (const std::string& frame : result.frames) self->handlers.frame(frame);
          self->watch();
        });
  }

  asio::posix::stream_descriptor descriptor;
  Handlers handlers;
  FrameCutter cutter;
  std::array<char, 4096> buffer{};
};

Fifo::Fifo(asio::any_io_executor executor, Handlers handlers)
    : reader_(std::make_shared<Reader>(std::move(executor), std::move(handlers))) {}

Fifo::~Fifo() {
  if (reader_->descriptor.is_open()) reader_->descriptor.close();
}

bool Fifo::open(const std::filesystem::path& path, bool& created) {
  struct stat state {};
  created = false;
  // A writer that came while the FIFO was missing has made a plain file of that name.
  if (::lstat(path.c_str(), &state) == 0 && !S_ISFIFO(state.st_mode)) ::unlink(path.c_str());
  if (::mkfifo(path.c_str(), 0600) == 0)
    created = true;
  else if (errno != EEXIST)
    return false;
  // Read and write: with a writer of our own the end of file never comes.
  const int fd = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  reader_->descriptor.assign(fd);
  reader_->watch();
  return true;
}

}  // namespace um::heartbeat
