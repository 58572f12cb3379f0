// The limit: one file into one FIFO by splice, the pipe enlarged as far as is allowed.
// Usage: splice FILE FIFO
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int file = open(argv[1], O_RDONLY);
  int fifo = open(argv[2], O_WRONLY);
  if (file < 0 || fifo < 0) {
    perror("open");
    return 1;
  }
  for (int bytes = 1 << 20; bytes > 1 << 16 && fcntl(fifo, F_SETPIPE_SZ, bytes) < 0; bytes /= 2) continue;
  for (;;) {
    ssize_t moved = splice(file, NULL, fifo, NULL, 1 << 20, 0);
    if (moved == 0) return 0;
    if (moved < 0) {
      perror("splice");
      return 1;
    }
  }
}
