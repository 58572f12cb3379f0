// Says when its first instruction was, and then writes lines with a metric in each: every line by itself, as loggers do and
// Python with PYTHONUNBUFFERED, or a block of them at a time, as everything does that has a buffer.
// Usage: lines COUNT each|blocks
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

int main(int argc, char **argv) {
  const long long began = now();
  if (argc < 3) return 2;
  const int count = atoi(argv[1]);
  setvbuf(stdout, NULL, strcmp(argv[2], "each") == 0 ? _IOLBF : _IOFBF, 8192);
  printf("%lld\n", began);
  for (int step = 0; step < count; step++)
    printf("[epoch %d, step %d] train_loss=%.6f accuracy=%.4f\n", step / 1000, step, 1.0 / (step + 1),
           step / (count + 1.0));
  return 0;
}
