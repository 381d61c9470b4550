#include "heartbeat/realtime.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace um::heartbeat {
namespace {

constexpr std::size_t kStack = 64 * 1024;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kThreadStack = 256 * 1024;

char touch_stack() {
  volatile char stack[kStack];
  for (std::size_t at = 0; at < kStack; at += kPage) stack[at] = 0;
  return stack[0];
}

void touch_heap(std::size_t bytes) {
  ::mallopt(M_TRIM_THRESHOLD, static_cast<int>(std::min<std::size_t>(bytes * 2, 1U << 30)));
  ::mallopt(M_MMAP_MAX, 0);
  const std::unique_ptr<char, decltype(&std::free)> block(static_cast<char*>(std::malloc(bytes)),
                                                          &std::free);
  if (!block) return;
  for (std::size_t at = 0; at < bytes; at += kPage) {
    volatile char* const page = block.get() + at;
    *page = 0;
  }
}

}  // namespace

void become_realtime(int priority, Log& log) {
  sched_param wanted{};
  wanted.sched_priority =
      std::clamp(priority, ::sched_get_priority_min(SCHED_RR), ::sched_get_priority_max(SCHED_RR));
  if (::sched_setscheduler(0, SCHED_RR, &wanted) != 0)
    log.error("Unable to set scheduler parameters: {}", std::strerror(errno));
}

void limit_thread_stacks() {
  pthread_attr_t small;
  ::pthread_attr_init(&small);
  ::pthread_attr_setstacksize(&small, kThreadStack);
  ::pthread_setattr_default_np(&small);
  ::pthread_attr_destroy(&small);
}

void lock_memory(std::size_t reserve, Log& log) {
  rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
  ::setrlimit(RLIMIT_MEMLOCK, &limit);  // root may raise it; if not, mlockall() says so
  touch_heap(reserve);
  touch_stack();
  if (::mlockall(MCL_CURRENT | MCL_FUTURE) == 0) return;
  if (errno == ENOMEM || errno == EPERM || errno == EAGAIN)
    log.error(
        "Cannot lock ourselves into memory:  System limits on locked-in memory are too small.");
  else
    log.error("Unable to lock pid {} in memory: {}", ::getpid(), std::strerror(errno));
}

}  // namespace um::heartbeat
