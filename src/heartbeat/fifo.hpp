// fifo.hpp - the control FIFO: messages of scripts and of hb_standby, hb_takeover and their kin.
//
// Spec heartbeat-api 8: `>>>`, `name=value` lines, `<<<`, each line maybe after tabs, no NUL. The
// shell helpers need several write() calls per message, so those of two writers can mix: the frame
// that was broken is dropped and said, and reading goes on with the next `>>>` (decision A14).
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

namespace um::heartbeat {

/// The bytes of the FIFO cut into frames. Pure; memory bounded by kLargestFrame.
class FrameCutter {
 public:
  static constexpr std::size_t kLargestFrame = 64 * 1024;

  struct Result {
    std::vector<std::string> frames;  // from `>>>` to `<<<` with their line ends, without tabs
    std::vector<std::string> broken;  // the line that broke a frame
  };
  Result feed(std::string_view bytes);

 private:
  void line(Result& result);
  std::string line_;
  std::string frame_;  // empty: outside a frame
};

/// Creates the FIFO when it is missing (`created` tells) and reads it for ever.
class Fifo {
 public:
  struct Handlers {
    std::function<void(std::string_view frame)> frame;
    std::function<void(std::string_view line)> broken;
  };

  Fifo(boost::asio::any_io_executor executor, Handlers handlers);
  ~Fifo();
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;

  /// False with errno set when it can be neither created nor opened.
  bool open(const std::filesystem::path& path, bool& created);

 private:
  struct Reader;
  std::shared_ptr<Reader> reader_;
};

}  // namespace um::heartbeat
