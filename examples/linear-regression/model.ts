/** What was learned. */
export interface Coefficients {
  readonly intercept: number;
  readonly weights: readonly number[];
}

/** A linear model that learns by stochastic gradient descent, one observation at a time. */
export class LinearModel implements Coefficients {
  intercept = 0;
  readonly weights: number[] = [];

  /** The squared error on one observation. */
  loss(y: number, xs: readonly number[]): number {
    return this.#error(y, xs) ** 2;
  }

  /** Moves the coefficients a little against the gradient; returns the squared error before. */
  learn(y: number, xs: readonly number[], learningRate: number): number {
    const error = this.#error(y, xs);
    const step = learningRate * error;
    this.intercept -= step;
    xs.forEach((x, i) => {
      this.weights[i] = (this.weights[i] ?? 0) - step * x;
    });
    return error ** 2;
  }

  #error(y: number, xs: readonly number[]): number {
    return xs.reduce((sum, x, i) => sum + x * (this.weights[i] ?? 0), this.intercept) - y;
  }
}

/** The observations of one record: a CSV shard, with `y` in the first column. */
export function* observations(record: Uint8Array): Generator<{ y: number; xs: number[] }> {
  for (const line of Buffer.from(record).toString().trimEnd().split('\n')) {
    const [y = NaN, ...xs] = line.split(',').map(Number);
    yield { y, xs };
  }
}
