import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

import { onAbort } from '../../abort/on-abort.js';
import type { PipeModeError } from '../../errors.js';
import { runnerFailed } from '../runner-errors.js';
import type { ConnectLimits, ConnectTarget } from '../until-connected.js';
import type { ConnectAnswer, ConnectRequest } from './connect-messages.js';

interface Waiting {
  readonly resolve: (socket: Socket) => void;
  readonly reject: (error: Error) => void;
}

/** A process in the network of a program. It connects there, and hands the sockets over. */
export class ConnectingProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #end: Error | undefined;

  /** @param args - of `nsenter`: which network that is */
  constructor(nsenter: string, args: readonly string[]) {
    const helper = fileURLToPath(new URL('./connect-helper.cjs', import.meta.url));
    this.#child = spawn(nsenter, [...args, process.execPath, helper], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
    });
    this.#child.on('error', (error) => this.#fail(error.message));
    this.#child.on('exit', (code, signal) => this.#fail(`it ended with ${code ?? signal}`));
    this.#child.on('message', (answer, socket) =>
      this.#take(answer as ConnectAnswer, socket as Socket | undefined),
    );
    this.#unref();
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** @throws the system's error; `ETIMEDOUT`; {@link PipeModeError} `RUNNER_FAILED`; the signal's reason */
  async connect(target: ConnectTarget, { timeoutMs = Infinity, signal }: ConnectLimits): Promise<Socket> {
    if (this.#end) throw this.#end;
    const id = ++this.#count;
    const isLimited = timeoutMs !== Infinity; // JSON does not know it
    const request: ConnectRequest = { id, ...target, ...(isLimited ? { timeoutMs } : undefined) };
    let unwatch: (() => void) | undefined;
    try {
      return await new Promise<Socket>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        unwatch = signal && onAbort(signal, () => reject(signal.reason as Error));
        this.#child.ref();
        this.#child.channel?.ref();
        this.#child.send(request, (error) => error && this.#giveUp(error.message));
      });
    } finally {
      unwatch?.();
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#unref();
    }
  }

  /** Resolves when it is gone. */
  async close(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.ref();
    this.#child.kill('SIGKILL');
    await exited;
  }

  #take({ id, error }: ConnectAnswer, socket: Socket | undefined): void {
    const waiting = this.#waiting.get(id);
    if (!waiting)
      socket?.destroy(); // given up meanwhile
    else if (error) waiting.reject(Object.assign(new Error(error.message), { code: error.code }));
    else if (socket) waiting.resolve(socket);
    else
      waiting.reject(Object.assign(new Error('The connection was closed at once.'), { code: 'ECONNRESET' }));
  }

  /** Somebody has killed it, or is about to. */
  #giveUp(how: string): void {
    this.#child.kill('SIGKILL');
    this.#fail(how);
  }

  #fail(how: string): void {
    this.#end ??= notConnecting(how);
    for (const { reject } of this.#waiting.values()) reject(this.#end);
  }

  #unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }
}

/** @param how - what has become of the process that connects */
export function notConnecting(how: string): PipeModeError {
  return runnerFailed("Nothing connects to the program's network any more.", how);
}
