/** A value of a metric, as a line had it. */
export interface MetricEvent {
  /** The `Name` of its definition. */
  readonly name: string;
  /** The first group of the expression. */
  readonly value: number;
  /** When the line came. */
  readonly time: Date;
  /** Which host wrote it. */
  readonly host: string;
}
