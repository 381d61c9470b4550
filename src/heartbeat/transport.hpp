// transport.hpp - messages to bytes on every medium and back: the door to the network.
//
// Signs and writes to each medium in ha.cf order, whatever the others do; hands over only what a
// key of the ring signed. Packets that are refused cost one line per medium and reason and minute
// (decision W15), never more.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/log.hpp"
#include "cluster/log_limiter.hpp"
#include "media/medium.hpp"
#include "parsers/authkeys.hpp"
#include "parsers/ha_cf.hpp"

namespace um::heartbeat {

wire::Keyring keyring(const parsers::AuthKeys& keys);

class Transport {
 public:
  /// `medium` is the index of the line in ha.cf, among all media.
  using OnMessage = std::function<void(std::size_t medium, wire::Message message)>;

  Transport(boost::asio::any_io_executor executor, OnMessage on_message, Log& log);

  void set_keys(wire::Keyring keys) { keys_ = std::move(keys); }
  void set_form(wire::Form form) { form_ = form; }
  void set_log_bad_packets(bool on) { log_bad_packets_ = on; }

  /// Opens what is new, keeps what is equal, closes what is gone. Media that cannot work are left
  /// out and told.
  struct Trouble {
    std::string medium;  // "bcast eth0"
    std::string reason;
  };
  std::vector<Trouble> set_media(const std::vector<parsers::MediumLine>& lines);

  void send(const wire::Message& message);
  /// Packets written since the start, for the watchdog's sake.
  std::uint64_t sent() const { return sent_; }
  std::size_t media() const { return media_.size(); }

 private:
  struct Entry {
    std::string key;  // equal for equal ha.cf lines
    std::unique_ptr<media::Medium> medium;
    std::shared_ptr<std::size_t> index;
  };
  std::optional<std::string> start(Entry& entry);
  void receive(std::size_t index, const media::Medium& medium, std::string_view packet);
  void refuse(std::size_t index, const wire::Rejection& rejection);

  boost::asio::any_io_executor executor_;
  OnMessage on_message_;
  Log& log_;
  wire::Keyring keys_;
  wire::Form form_ = wire::Form::kString;
  bool log_bad_packets_ = true;
  std::vector<Entry> media_;
  cluster::LogLimiter limiter_;
  std::uint64_t sent_ = 0;
};

}  // namespace um::heartbeat
