// signal_words.hpp - signals in the words of the old daemon's log: `SIGKILL - Kill, unblockable`.
//
// Monitoring matches on them (vector cli-client-signal); the C library has other texts.
#pragma once
#include <string>

namespace um::heartbeat {

/// `SIGNAME - text`; for a signal without a name there, `?` and the C library's text.
std::string signal_words(int number);

}  // namespace um::heartbeat
