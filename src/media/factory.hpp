// factory.hpp - the media of an ha.cf.
#pragma once
#include <boost/asio/any_io_executor.hpp>

#include "media/medium.hpp"
#include "parsers/ha_cf.hpp"

namespace um::media {

/// Not started yet. `echo_id` identifies this node's pings: the low 16 bits of the pid that it was
/// started with (wire 4).
std::unique_ptr<Medium> make_medium(const boost::asio::any_io_executor& executor,
                                    const parsers::Medium& line, std::uint16_t echo_id, Say say);

}  // namespace um::media
