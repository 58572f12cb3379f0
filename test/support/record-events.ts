import type { Channel, ChannelEvents } from 'sagemaker-pipe-mode';

/** What a channel has reported, in order, one line each. */
export function recordEvents(channel: Channel): string[] {
  const events: string[] = [];
  channel.on('epochStart', ({ epoch }) => events.push(`epochStart ${epoch}`));
  channel.on('object', ({ epoch, key, bytes }) => events.push(`object ${epoch} ${key} ${bytes}`));
  channel.on('epochEnd', ({ epoch, bytes, objects, outcome }) =>
    events.push(`epochEnd ${epoch} ${bytes} ${objects} ${outcome}`),
  );
  channel.on('stop', () => events.push('stop'));
  channel.on('error', ({ code }) => events.push(`error ${code}`));
  return events;
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
