// Reads epochs from FIFOs as fast as it can, and says when it saw what, in nanoseconds of the monotonic clock.
// Usage: reader PREFIX FIRST_EPOCH COUNT [PAUSE_US]: a pause before every read makes it slow
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

#define BUFFER_BYTES (1 << 20)
#define RETRY_NS 200000
#define PATIENCE_NS 60000000000LL

static int open_when_there(const char *path) {
  const struct timespec pause = {0, RETRY_NS};
  const long long began = now();
  for (;;) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) return fd;
    if ((errno != ENOENT && errno != EINTR) || now() - began > PATIENCE_NS) {
      fprintf(stderr, "reader: %s: %s\n", path, strerror(errno));
      exit(1);
    }
    nanosleep(&pause, NULL);
  }
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  const int first = atoi(argv[2]), count = atoi(argv[3]), pause_us = argc > 4 ? atoi(argv[4]) : 0;
  char *buffer = malloc(BUFFER_BYTES);
  char path[4096];
  memset(buffer, 0, BUFFER_BYTES); // so that its pages are there before the clock runs
  for (int epoch = first; epoch < first + count; epoch++) {
    snprintf(path, sizeof path, "%s_%d", argv[1], epoch);
    int fd = open_when_there(path);
    const long long opened = now();
    long long first_byte = 0, bytes = 0;
    for (;;) {
      if (pause_us > 0) usleep(pause_us);
      ssize_t length = read(fd, buffer, BUFFER_BYTES);
      if (length < 0 && errno == EINTR) continue;
      if (length < 0) {
        perror(path);
        return 1;
      }
      if (length == 0) break;
      if (bytes == 0) first_byte = now();
      bytes += length;
    }
    const long long eof = now();
    close(fd);
    printf("{\"epoch\":%d,\"bytes\":%lld,\"opened\":%lld,\"firstByte\":%lld,\"eof\":%lld}\n", epoch, bytes,
           opened, bytes ? first_byte : eof, eof);
  }
  return 0;
}
