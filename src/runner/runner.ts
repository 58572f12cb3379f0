import type { Socket } from 'node:net';

import type { ConnectLimits } from './until-connected.js';

/**
 * What starts an algorithm: as a process of this machine, or in a container. Whoever runs jobs or endpoints knows
 * runners by this interface only.
 */
export interface Runner {
  /** Whether a program gets the host name that it is given, and finds the other hosts by theirs. */
  readonly namesHosts: boolean;
  /**
   * Looks whether the program can be run, before anything is started: what is missing, and where it was looked for. An
   * image that is missing is downloaded.
   *
   * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`, `RUNNER_UNAVAILABLE`, `PROGRAM_NOT_FOUND`,
   * `PROGRAM_NOT_EXECUTABLE`, `IMAGE_NOT_FOUND`, `IMAGE_PULL_FAILED`; the signal's reason
   */
  prepare(program: ProgramOptions, options?: PrepareOptions): Promise<PreparedProgram>;
}

/** How to wait for what has to be downloaded. */
export interface PrepareOptions {
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
  /** Called when a download begins, and as it goes on. */
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
}

/** How far the download of an image has come. */
export interface DownloadProgress {
  readonly image: string;
  /** How much has come, in bytes. */
  readonly bytes: number;
  /** How much there is, in bytes, as far as it is known already: it grows. */
  readonly totalBytes: number;
}

/** What is to be run. */
export interface ProgramOptions {
  /** The directory that the program sees as `/opt/ml`: an absolute path. It has to be there. */
  readonly directory: string;
  /**
   * The program, which is looked for on the `PATH` of `env` as the program sees it, and its arguments. In a container
   * also the arguments only, of the image's entrypoint.
   */
  readonly command: readonly string[];
  /**
   * All of its environment: nothing is added, but what an image brings. `PWD`, `OLDPWD` and `SHLVL` are a shell's own, and
   * left out.
   */
  readonly env: Readonly<Record<string, string>>;
  /** Its working directory, as it sees it: an absolute path. Default: the image's; for a process `/`. */
  readonly cwd?: string | undefined;
  /** Where its channels' FIFOs are, as it sees them: an absolute path. Default `input/data` in the directory. */
  readonly data?: string | undefined;
  /** The host that it is on. Default: this machine. */
  readonly host?: HostNames | undefined;
}

/** The host names of a job. */
export interface HostNames {
  /** The one of this program, such as `algo-1`. */
  readonly name: string;
  /** All of the job, itself included. The order decides their addresses: give every program of the job the same. */
  readonly all: readonly string[];
}

/** A program of which everything is known that it takes to start it. */
export interface PreparedProgram {
  /**
   * Resolves when the program itself runs: whatever had to be set up has succeeded.
   *
   * @param options - `signal` ends the start and, once it runs, kills everything at once
   * @throws {@link PipeModeError} `ABORTED`, `RUNNER_FAILED`, `PROGRAM_NOT_EXECUTABLE`, `TOO_MANY_OPEN_FILES`
   */
  start(options?: { readonly signal?: AbortSignal | undefined }): Promise<RunningProgram>;
}

/** A program that runs, or has run. Disposing of it kills it, waits until nothing is left, and closes its output. */
export interface RunningProgram extends AsyncDisposable {
  /**
   * The program's own process, as this machine numbers it, or the one that its container is on. 0 of a container that had
   * ended before it could be looked at.
   */
  readonly pid: number;
  /** Resolves when the program has ended and nothing is left of what it has started. Never rejects. */
  readonly exited: Promise<ProgramExit>;
  /** What it writes to its standard output. Whoever does not read it holds the program up, as a full pipe does. */
  readonly stdout: LogStream;
  /** The same of its standard error. */
  readonly stderr: LogStream;
  /** Sends a signal to the program itself, and to nothing that it has started. Says whether it still ran. */
  signal(name: NodeJS.Signals): boolean;
  /**
   * Ends it as SageMaker does: SIGTERM to the program itself, and SIGKILL for all when `graceMs` are over.
   *
   * @param options - `graceMs`, default 120,000, `0` for SIGKILL at once; `signal` ends the grace
   * @returns how the program has ended, when nothing of it is left. What it has written can still be read.
   */
  stop(options?: StopOptions): Promise<ProgramExit>;
  /**
   * Brings a directory below its /opt/ml to this machine, unless that is where it is: of a container, as it was when this was
   * asked for the last time, without the files that were being written then, which stay as they were here.
   *
   * @param path - as the program sees it
   * @returns whether all was looked at. In a container that costs the engine some time, and is refused if it is asked for too
   * often, or the program has ended.
   * @throws what the engine answers; `ARCHIVE_…` of a directory that has changed meanwhile
   */
  refresh(path: string): Promise<boolean>;
  /**
   * Brings what the program has left below its /opt/ml to its directory, unless that is where it has left it. To be called
   * once, when it has ended. All of it belongs to the user of this process then, and sockets, FIFOs and devices are
   * missing.
   *
   * @throws {@link PipeModeError} `RUNNER_UNAVAILABLE`, `RUNNER_FAILED`, `ARCHIVE_NOT_UNPACKED`; the signal's reason
   */
  collect(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /**
   * Connects to a port that the program listens to, as somebody on another machine would: where the program has a network of
   * its own, a server that listens on 127.0.0.1 only is not reached.
   *
   * @param options - `timeoutMs`: how long the server may take to accept, in milliseconds above 0, or `Infinity`, the default,
   * whatever it takes here to get there; `signal`: gives up
   * @throws the system's error, such as `ECONNREFUSED`, and `ETIMEDOUT` when that time is over; {@link PipeModeError}
   * `RUNNER_FAILED`; the signal's reason
   */
  connect(port: number, options?: ConnectLimits): Promise<Socket>;
  /** Whatever runs inside at the moment, the program itself first. */
  processes(): Promise<readonly ProcessInfo[]>;
  /** What each process inside waits for, or does. */
  waits(): Promise<readonly ProcessWaits[]>;
  /** What each process inside has done so far: less than `waits()`, and made for being asked again and again. */
  activity(): Promise<readonly ProcessActivity[]>;
  /** The connections of the processes inside with what is on the same machine, by 127.0.0.1. */
  loopbackConnections(): Promise<readonly LoopbackConnection[]>;
  /** What the processes inside listen to, as far as anybody can tell. */
  listeners(): Promise<readonly Listener[]>;
}

/** How a program is stopped. */
export interface StopOptions {
  /** How long it has between SIGTERM and SIGKILL, in milliseconds; 0 for SIGKILL at once. Default 120,000. */
  readonly graceMs?: number | undefined;
  /** Ends the grace when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * How a program has ended: by itself, with a code, or by a signal. Of a container only the signals that were sent to it
 * from here are known as such; another one, N, is the code 128 + N. Both are `null` if the engine is gone: `collect()`
 * says so.
 */
export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** There if something in the container was killed because there was no more memory. */
  readonly outOfMemory?: boolean;
  /**
   * What was still running when the program itself ended, and was killed. In a namespace by a look that is taken ten times
   * a second while it runs: what had begun just before may be missing, and what ended just before may be there, unless
   * the program was waiting for it.
   */
  readonly leftBehind: readonly ProcessInfo[];
}

/** A process of a program. */
export interface ProcessInfo {
  /** Its number on this machine. */
  readonly pid: number;
  /** Its command line, the first words of it. */
  readonly command: string;
}

/** Lines as they come, some at a time. To be read once; who leaves the loop may come back and goes on where he was. */
export type LogStream = AsyncIterable<readonly LogLine[]>;

/** A line of output. Bytes that are no UTF-8 are U+FFFD, as in every decoder. */
export interface LogLine {
  readonly text: string;
  /** Whether the line goes on in the next one: it is longer than {@link LONGEST_LINE}. */
  readonly continues: boolean;
}

/** What a process has done so far. */
export interface ProcessActivity extends ProcessInfo {
  /** How much CPU time it has used, with those of its children that have ended, in milliseconds. */
  readonly cpuMs: number;
  /** Whether it is running, waits for its turn on a busy machine, or for a disk. */
  readonly isBusy: boolean;
  /** The FIFOs that it has open for reading. Paths are those that it sees. */
  readonly fifos: readonly string[];
  /** Those of them whose data it waits for at the moment. */
  readonly waitsFor: readonly string[];
}

/** A TCP connection by way of 127.0.0.1 or ::1. */
export interface LoopbackConnection {
  readonly localPort: number;
  readonly remotePort: number;
}

/** A TCP port that a process listens to. */
export interface Listener {
  readonly port: number;
  /** Whether it listens to 127.0.0.1 or ::1 only, so that nobody from outside reaches it. */
  readonly isLocalhost: boolean;
}

/** What a process waits for. */
export interface ProcessWaits extends ProcessInfo {
  /** The FIFOs that it has open for reading. */
  readonly fifos: readonly string[];
  /** What each of its threads waits for; what several do is there once, and what says nothing is left out if others say more. */
  readonly waits: readonly Wait[];
}

/** What a thread waits for. Paths are those that the program sees. */
export type Wait =
  /** It opens a FIFO, and nobody has the other end open. */
  | { readonly kind: 'openFifo'; readonly path: string }
  /** It reads a FIFO, and there is nothing in it. */
  | { readonly kind: 'readFifo'; readonly path: string }
  /** It writes into a pipe that is full: nobody reads its output, say. */
  | { readonly kind: 'writePipe'; readonly path: string }
  /**
   * It sleeps, or waits for one of several things. `names` are paths below the directory of its channels that are in its
   * memory and do not exist, and `hosts` what is there and looks like the name of a job's host: a guess at what it looks for.
   */
  | { readonly kind: 'sleep'; readonly names: readonly string[]; readonly hosts: readonly string[] }
  /** It waits for a process that it has started. The guess as above: shells wait for a `sleep` of their own. */
  | { readonly kind: 'child'; readonly names: readonly string[]; readonly hosts: readonly string[] }
  /** It computes. */
  | { readonly kind: 'run' }
  /** It waits in the kernel for something else, which has this name there. */
  | { readonly kind: 'other'; readonly kernel: string };
