// Says when its first instruction was, in nanoseconds of the monotonic clock.
// Usage: started
#include <stdio.h>

#include "clock.h"

int main(void) {
  const long long began = now();
  printf("%lld\n", began);
  return 0;
}
