import type { Channel, ChannelEvents } from 'sagemaker-pipe-mode';

/** What a channel has reported, in order, one line each. */
export function journalOf(channel: Channel): string[] {
  const journal: string[] = [];
  channel.on('epochStart', ({ epoch }) => journal.push(`epochStart ${epoch}`));
  channel.on('object', ({ epoch, key, bytes }) => journal.push(`object ${epoch} ${key} ${bytes}`));
  channel.on('epochEnd', ({ epoch, bytes, objects, outcome }) =>
    journal.push(`epochEnd ${epoch} ${bytes} ${objects} ${outcome}`),
  );
  channel.on('stop', () => journal.push('stop'));
  channel.on('error', ({ code }) => journal.push(`error ${code}`));
  return journal;
}

/** The next event of that name. Unlike Node's `once`, it adds no listener for errors. */
export function next<E extends keyof ChannelEvents>(
  channel: Channel,
  event: E,
): Promise<Parameters<ChannelEvents[E]>[0]> {
  return new Promise((resolve) => {
    channel.once(event, ((value: Parameters<ChannelEvents[E]>[0]) => resolve(value)) as ChannelEvents[E]);
  });
}
