/** What the FIFO of an epoch is called, `training_0`: as SageMaker calls it. */
export function fifoName(channel: string, epoch: number): string {
  return `${channel}_${epoch}`;
}

/** Whose FIFO a file would be by its name; `undefined` if it is none of any channel. */
export function parseFifoName(
  name: string,
): { readonly channel: string; readonly epoch: number } | undefined {
  const [, channel, epoch] = /^([\w.-]+)_(0|[1-9]\d*)$/.exec(name) ?? [];
  return channel === undefined ? undefined : { channel, epoch: Number(epoch) };
}
