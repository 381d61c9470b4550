#include "media/factory.hpp"

#include "media/ping.hpp"
#include "media/serial.hpp"
#include "media/udp.hpp"

namespace um::media {
namespace {

struct Maker {
  const boost::asio::any_io_executor& executor;
  std::uint16_t echo_id;
  Say say;

  std::unique_ptr<Medium> ping(PingTarget target) const {
    for (char& c : target.node)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return std::make_unique<PingMedium>(executor, std::move(target), echo_id, say);
  }

  std::unique_ptr<Medium> operator()(const parsers::Serial& line) const {
    return std::make_unique<SerialMedium>(executor, line.device, line.baud, say);
  }
  std::unique_ptr<Medium> operator()(const parsers::Ping& line) const {
    return ping({"ping", line.host, {line.address}});
  }
  std::unique_ptr<Medium> operator()(const parsers::Ping6& line) const {
    return ping({"ping6", line.host, {line.address}});
  }
  std::unique_ptr<Medium> operator()(const parsers::PingGroup& line) const {
    return ping({"ping_group", line.name, line.addresses});
  }
  std::unique_ptr<Medium> operator()(const auto& udp_line) const {
    return std::make_unique<UdpMedium>(executor, UdpRoute(udp_line), say);
  }
};

}  // namespace

std::unique_ptr<Medium> make_medium(const boost::asio::any_io_executor& executor,
                                    const parsers::Medium& line, std::uint16_t echo_id, Say say) {
  return std::visit(Maker{executor, echo_id, std::move(say)}, line);
}

}  // namespace um::media
