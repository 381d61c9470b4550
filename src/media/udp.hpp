// udp.hpp - bcast, mcast, ucast, mcast6 and ucast6.
//
// A datagram that does not fit into the socket's buffer is lost like one on the network: the
// cluster's retransmission is there for both.
#pragma once
#include <boost/asio/any_io_executor.hpp>

#include "media/medium.hpp"
#include "media/reader.hpp"
#include "media/send_trouble.hpp"
#include "media/udp_socket.hpp"

namespace um::media {

class UdpMedium final : public Medium {
 public:
  UdpMedium(boost::asio::any_io_executor executor, UdpRoute route, Say say);

  std::optional<std::string> start(OnPacket on_packet) override;
  void send(std::string_view packet) override;

 private:
  static constexpr std::chrono::milliseconds kLookInterval{200};

  std::optional<OpenFailure> open();
  void follow_interface(TimePoint now);
  Reader::Found receive(int fd);

  boost::asio::any_io_executor executor_;
  UdpRoute route_;
  Say say_;
  SendTrouble trouble_;
  OnPacket on_packet_;
  std::uint64_t fingerprint_ = 0;  // of what is open; 0: nothing is
  TimePoint looked_{};
  std::string missing_;  // why nothing is open
  Fd send_;
  Address to_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace um::media
