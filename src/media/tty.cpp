#include "media/tty.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>

namespace um::media {
namespace {

struct Speed {
  int baud;
  speed_t code;
};

constexpr std::array kSpeeds{Speed{9600, B9600},     Speed{19200, B19200},   Speed{38400, B38400},
                             Speed{57600, B57600},   Speed{115200, B115200}, Speed{230400, B230400},
                             Speed{460800, B460800}, Speed{921600, B921600}};

const Speed* find_speed(int baud) {
  for (const Speed& speed : kSpeeds)
    if (speed.baud == baud) return &speed;
  return nullptr;
}

}  // namespace

bool known_baud(int baud) {
  return find_speed(baud) != nullptr;
}

Fd open_tty(const std::string& path, int baud, std::string& error) {
  auto refuse = [&](std::string_view what) {
    error = fmt::format("{} {}: {}", what, path, std::strerror(errno));
    return Fd();
  };
  const Speed* speed = find_speed(baud);
  if (!speed) {
    error = fmt::format("no such speed: {} baud", baud);
    return Fd();
  }
  Fd fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return refuse("cannot open");
  termios settings{};
  if (::tcgetattr(fd.get(), &settings) != 0) return refuse("not a serial line:");
  settings.c_iflag = INPCK | ISTRIP | IGNCR | BRKINT;
  settings.c_oflag = 0;
  settings.c_cflag = CS8 | CLOCAL | CREAD | CRTSCTS;
  settings.c_lflag = 0;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 1;
  ::cfsetispeed(&settings, speed->code);
  ::cfsetospeed(&settings, speed->code);
  if (::tcsetattr(fd.get(), TCSANOW, &settings) != 0) return refuse("cannot set up");
  ::tcflush(fd.get(), TCIOFLUSH);
  return fd;
}

}  // namespace um::media
