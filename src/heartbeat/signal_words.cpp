#include "heartbeat/signal_words.hpp"

#include <array>
#include <csignal>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

namespace um::heartbeat {
namespace {

struct Words {
  int number;
  std::string_view name;
  std::string_view text;
};

constexpr std::array kWords = {
    Words{SIGHUP, "SIGHUP", "Hangup"},
    Words{SIGINT, "SIGINT", "Interrupt"},
    Words{SIGQUIT, "SIGQUIT", "Quit"},
    Words{SIGILL, "SIGILL", "Illegal instruction"},
    Words{SIGTRAP, "SIGTRAP", "Trace"},
    Words{SIGABRT, "SIGABRT", "Abort"},
    Words{SIGBUS, "SIGBUS", "BUS error"},
    Words{SIGFPE, "SIGFPE", "Floating-point exception"},
    Words{SIGKILL, "SIGKILL", "Kill, unblockable"},
    Words{SIGUSR1, "SIGUSR1", "User-defined signal 1"},
    Words{SIGSEGV, "SIGSEGV", "Segmentation violation"},
    Words{SIGUSR2, "SIGUSR2", "User-defined signal 2"},
    Words{SIGPIPE, "SIGPIPE", "Broken pipe (POSIX)"},
    Words{SIGALRM, "SIGALRM", "Alarm clock (POSIX)"},
    Words{SIGTERM, "SIGTERM", "Termination (ANSI)"},
    Words{SIGSTKFLT, "SIGSTKFLT", "Stack fault"},
    Words{SIGCHLD, "SIGCHLD", "Child status has changed"},
    Words{SIGCONT, "SIGCONT", "Continue"},
    Words{SIGSTOP, "SIGSTOP", "Stop, unblockable"},
    Words{SIGTSTP, "SIGTSTP", "Keyboard stop"},
    Words{SIGTTIN, "SIGTTIN", "Background read from tty"},
    Words{SIGTTOU, "SIGTTOU", "Background write to tty"},
    Words{SIGURG, "SIGURG", "Urgent condition on socket"},
    Words{SIGXCPU, "SIGXCPU", "CPU limit exceeded"},
    Words{SIGXFSZ, "SIGXFSZ", "File size limit exceeded"},
    Words{SIGVTALRM, "SIGVTALRM", "Virtual alarm clock"},
    Words{SIGPROF, "SIGPROF", "Profiling alarm clock"},
    Words{SIGWINCH, "SIGWINCH", "Window size change"},
    Words{SIGPOLL, "SIGPOLL", "Pollable event occurred"},
    Words{SIGPWR, "SIGPWR", "Power failure restart"},
    Words{SIGSYS, "SIGSYS", "Bad system call"},
};

}  // namespace

std::string signal_words(int number) {
  for (const Words& words : kWords)
    if (words.number == number) return fmt::format("{} - {}", words.name, words.text);
  return fmt::format("? - {}", ::strsignal(number));
}

}  // namespace um::heartbeat
