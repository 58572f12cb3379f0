import { outputs } from './outputs.js';

/** 128 and the signal's number, as a shell reports a program that a signal has ended. */
const STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

type EndingSignal = keyof typeof STATUS;

const SIGNALS = Object.keys(STATUS) as EndingSignal[];

/** Signals that ask the command to end, from its making to its disposal. */
export class EndingSignals implements Disposable {
  /** Resolves at the first signal, with the exit status for it. */
  readonly first: Promise<number>;
  #resolve!: (status: number) => void;
  #came: NodeJS.Signals | undefined;
  #pass: ((signal: NodeJS.Signals, isFirst: boolean) => void) | undefined;

  constructor() {
    this.first = new Promise((resolve) => (this.#resolve = resolve));
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }

  /** From now on signals are for somebody else, with whom we end; the first one also if it has come already. */
  passTo(pass: (signal: NodeJS.Signals, isFirst: boolean) => void): void {
    this.#pass = pass;
    if (this.#came !== undefined) pass(this.#came, true);
  }

  /** The first signal is a request to clean up; whoever sends another one does not want to wait for that. */
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const isFirst = this.#came === undefined;
    this.#came ??= signal;
    if (!isFirst) for (const output of Object.values(outputs)) output.abandon();
    const status = STATUS[signal as EndingSignal];
    if (this.#pass !== undefined) this.#pass(signal, isFirst);
    else if (isFirst) this.#resolve(status);
    else process.exit(status); // which still removes the FIFOs
  };
}
