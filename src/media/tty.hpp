// tty.hpp - a serial line set up as wire 4 describes.
#pragma once
#include <optional>
#include <string>

#include "media/fd.hpp"

namespace um::media {

/// Raw 8 bit, hardware flow control, parity and eighth bit stripped on input, carriage returns
/// ignored. Not the controlling terminal, non-blocking. An empty Fd leaves the reason in `error`.
Fd open_tty(const std::string& path, int baud, std::string& error);

/// False for a speed that termios has no name for.
bool known_baud(int baud);

}  // namespace um::media
