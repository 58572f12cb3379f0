import { PipeModeError } from '../../errors.js';
import { Exchange } from '../http/exchange.js';
import type { Instance } from '../instance.js';
import { brokenOff, invocationFailed, payloadTooLarge } from '../serving-errors.js';

/** An invocation, as one instance is asked. */
export class InvocationExchange extends Exchange {
  readonly instance: Instance;

  /** @param mostBytes - how long the answer may be */
  constructor(instance: Instance, mostBytes: number) {
    super(mostBytes);
    this.instance = instance;
  }

  protected override tooLong(): Error {
    return payloadTooLarge('The answer', this.mostBytes);
  }

  protected override broken(error: Error): Error {
    if (error instanceof PipeModeError) return error;
    return invocationFailed(this.instance.name, { what: brokenOff(error), wasSent: true, cause: error });
  }

  protected override onOver(): void {
    this.instance.freed();
  }
}
