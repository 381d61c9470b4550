// decode.hpp - `ultramonkey decode`: captured heartbeat packets as text.
//
//   ultramonkey decode [-k AUTHKEYS] [FILE...]
//
// A FILE is a capture of tcpdump -w (UDP datagrams and ping data that are heartbeat's are shown,
// the rest is skipped), or holds one packet as it was on the medium; without FILE, or with `-`,
// stdin is read. With a key file (default /etc/ha.d/authkeys, if it may be read) each packet is
// verified. Exit code: 0 all shown and none refused, 1 at least one was refused or could not be
// read, 2 usage.
#pragma once
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/codec.hpp"

namespace um::tools {

int decode(const std::vector<std::string>& args, std::istream& in, std::ostream& out,
           std::ostream& err);

/// One packet as `decode` shows it; `keys` nullptr: not verified. False in `genuine` when refused.
std::string describe_packet(std::string_view packet, const wire::Keyring* keys, bool& genuine);

}  // namespace um::tools
