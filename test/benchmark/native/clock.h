#include <time.h>

/** Nanoseconds of the machine's monotonic clock: that of `process.hrtime` in Node, and the same in containers. */
static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}
