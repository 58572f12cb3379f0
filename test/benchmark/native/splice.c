// The limit: files into one FIFO by splice, one after the other, the pipe enlarged as far as is allowed.
// Usage: splice FIFO FILE...
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define MOST_BYTES (1 << 20)

static int copy(const char *path, int fifo) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t moved = file < 0 ? -1 : 1;
  while (moved > 0) moved = splice(file, NULL, fifo, NULL, MOST_BYTES, 0);
  if (moved < 0) perror(path);
  if (file >= 0) close(file);
  return moved < 0;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int fifo = open(argv[1], O_WRONLY | O_CLOEXEC);
  if (fifo < 0) {
    perror(argv[1]);
    return 1;
  }
  for (int bytes = MOST_BYTES; bytes > 1 << 16 && fcntl(fifo, F_SETPIPE_SZ, bytes) < 0; bytes /= 2) continue;
  for (int index = 2; index < argc; index++)
    if (copy(argv[index], fifo)) return 1;
  return 0;
}
