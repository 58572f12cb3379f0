/** What a system call that waits says about what it waits for. */
export type WaitingCall =
  /** Opens the path that its argument of that index points at, relative to the directory in `directory`. */
  | { readonly kind: 'open'; readonly path: number; readonly directory?: number }
  /** Reads from the descriptor that is its argument of that index. */
  | { readonly kind: 'read'; readonly fd: number }
  | { readonly kind: 'write'; readonly fd: number }
  /** Waits for one of several descriptors, or for a time. */
  | { readonly kind: 'poll' | 'select' | 'epoll' | 'sleep' };

const OPEN: WaitingCall = { kind: 'open', path: 0 };
const OPENAT: WaitingCall = { kind: 'open', directory: 0, path: 1 };
const READ: WaitingCall = { kind: 'read', fd: 0 };
const SENDFILE: WaitingCall = { kind: 'read', fd: 1 };
const WRITE: WaitingCall = { kind: 'write', fd: 0 };
const POLL: WaitingCall = { kind: 'poll' };
const SELECT: WaitingCall = { kind: 'select' };
const EPOLL: WaitingCall = { kind: 'epoll' };
const SLEEP: WaitingCall = { kind: 'sleep' };

/** Their numbers: of x86-64, `asm/unistd_64.h`. */
const X64: Readonly<Record<number, WaitingCall>> = {
  0: READ,
  1: WRITE,
  2: OPEN,
  7: POLL,
  17: READ, // pread64
  19: READ, // readv
  20: WRITE, // writev
  23: SELECT,
  35: SLEEP, // nanosleep
  40: SENDFILE,
  230: SLEEP, // clock_nanosleep
  232: EPOLL, // epoll_wait
  257: OPENAT,
  270: SELECT, // pselect6
  271: POLL, // ppoll
  275: READ, // splice
  281: EPOLL, // epoll_pwait
  295: READ, // preadv
  327: READ, // preadv2
  437: OPENAT, // openat2
  441: EPOLL, // epoll_pwait2
};

/** Of arm64, `asm-generic/unistd.h`. */
const ARM64: Readonly<Record<number, WaitingCall>> = {
  22: EPOLL, // epoll_pwait
  56: OPENAT,
  63: READ,
  64: WRITE,
  65: READ, // readv
  66: WRITE, // writev
  67: READ, // pread64
  69: READ, // preadv
  71: SENDFILE,
  72: SELECT, // pselect6
  73: POLL, // ppoll
  76: READ, // splice
  101: SLEEP, // nanosleep
  115: SLEEP, // clock_nanosleep
  286: READ, // preadv2
  437: OPENAT, // openat2
  441: EPOLL, // epoll_pwait2
};

/** What the call of that number is, on this machine's processor, if it is one of those that say something. */
export function waitingCall(number: number): WaitingCall | undefined {
  if (process.arch === 'x64') return X64[number];
  return process.arch === 'arm64' ? ARM64[number] : undefined;
}
