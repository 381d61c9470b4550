// realtime.hpp - scheduling before everybody else, and memory that is never paged out.
//
// Refused by the system (a container, a limit) is said in one line and everything goes on
// (decision H30). Children get normal scheduling from um::Process.
#pragma once
#include <cstddef>

#include "base/log.hpp"

namespace um::heartbeat {

void become_realtime(int priority, Log& log);
/// Threads made from here on have small stacks: locked memory would hold 8 MiB for each.
void limit_thread_stacks();
/// Locks what is mapped now and later, after touching `reserve` bytes of heap and some stack.
void lock_memory(std::size_t reserve, Log& log);

}  // namespace um::heartbeat
