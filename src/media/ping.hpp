// ping.hpp - ping, ping_group and ping6: a host that answers counts as a node.
//
// Each status of the node becomes one echo request per target, whose data is a signed NS_st message
// in the ping node's name; the reply brings it back. For a group one answering member is enough,
// and only the first reply to each request counts. Needs CAP_NET_RAW.
#pragma once
#include <bitset>

#include <boost/asio/any_io_executor.hpp>

#include "media/icmp.hpp"
#include "media/medium.hpp"
#include "media/reader.hpp"
#include "media/send_trouble.hpp"
#include "media/udp_socket.hpp"

namespace um::media {

struct PingTarget {
  std::string type;  // "ping", "ping_group", "ping6"
  std::string node;  // the ping node's name, lower case; link name too
  std::vector<std::string> addresses;
};

class PingMedium final : public Medium {
 public:
  PingMedium(boost::asio::any_io_executor executor, PingTarget target, std::uint16_t id, Say say);

  std::optional<std::string> start(OnPacket on_packet) override;
  void send(std::string_view packet) override;
  std::optional<wire::Message> carried(const wire::Message& message) const override;
  bool accepts(const wire::Message& message) const override;

 private:
  static constexpr std::uint16_t kWindow = 128;  // wire 4: replies looked at for duplicates

  Reader::Found receive(int fd);
  bool expected(const Echo& echo, const Address& from);

  boost::asio::any_io_executor executor_;
  PingTarget target_;
  IcmpVersion version_;
  std::uint16_t id_;
  Say say_;
  SendTrouble trouble_;
  OnPacket on_packet_;
  std::vector<Address> to_;
  std::uint16_t number_ = 0;
  std::bitset<kWindow> answered_;  // of a group's latest kWindow requests
  std::unique_ptr<Reader> reader_;
};

}  // namespace um::media
