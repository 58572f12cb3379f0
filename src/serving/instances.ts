import type { Instance } from './instance.js';

/** How long a session is known whose server does not say when it ends, in milliseconds: our choice. */
const SESSION_MS = 20 * 60 * 1000;

/** The instances of an endpoint, and which one is asked next. */
export class Instances {
  readonly list: readonly Instance[];
  /** How many exchanges an instance may be busy with before it is picked for another one. */
  mostBusy = Infinity;
  readonly #sessions = new Map<string, { readonly instance: Instance; readonly expiresAt: number }>();
  #next = 0;
  #wake!: () => void;
  #change!: Promise<void>;

  constructor(list: readonly Instance[]) {
    this.list = list;
    this.#newChange();
  }

  /**
   * The one in service that is least busy, of several one after the other; of a session that is known its own. `undefined` if
   * there is none at the moment.
   */
  pick(sessionId: string | undefined): Instance | undefined {
    const known = sessionId === undefined ? undefined : this.#sessions.get(sessionId)?.instance;
    if (known?.status === 'InService') return known;
    if (known?.status === 'Restarting') return undefined;
    let best: Instance | undefined;
    for (let index = 0; index < this.list.length; index++) {
      const each = this.list[(this.#next + index) % this.list.length]!;
      const isFree = each.status === 'InService' && each.busy < this.mostBusy;
      if (isFree && (best === undefined || each.busy < best.busy)) best = each;
    }
    if (best !== undefined) this.#next = (this.list.indexOf(best) + 1) % this.list.length;
    return best;
  }

  /** What an answer says about sessions. @param opened - `ID; Expires=…` */
  noteSession(instance: Instance, opened: string | undefined, closed: string | undefined): void {
    if (opened !== undefined) {
      const [id, expires] = opened.split(/;\s*Expires=/i) as [string, string?];
      const said = Date.parse(expires ?? '');
      this.#forgetExpired();
      this.#sessions.set(id, { instance, expiresAt: Number.isNaN(said) ? Date.now() + SESSION_MS : said });
    }
    if (closed !== undefined) this.#sessions.delete(closed);
  }

  /** An instance is less busy. */
  freed(): void {
    if (this.mostBusy < Infinity) this.changed();
  }

  /** Wakes whoever waits for an instance. */
  changed(): void {
    this.#wake();
    this.#newChange();
  }

  /** Resolves with the next change. */
  get nextChange(): Promise<void> {
    return this.#change;
  }

  #forgetExpired(): void {
    const now = Date.now();
    for (const [id, { expiresAt }] of this.#sessions) if (expiresAt < now) this.#sessions.delete(id);
  }

  #newChange(): void {
    this.#change = new Promise((resolve) => (this.#wake = resolve));
  }
}
