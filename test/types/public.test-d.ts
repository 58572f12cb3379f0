// Compiled by `npm run typecheck`, against the types that users get, and never run: every line below an
// `@ts-expect-error` is one that the compiler has to refuse, and all others are ones that it has to take.
import { on, once } from 'node:events';

import {
  type Channel,
  type ChannelGroup,
  type ChannelOptions,
  createChannel,
  createChannels,
  fromChannel,
  type InputMode,
  type OptionsWithout,
} from 'sagemaker-pipe-mode';

const base = { name: 'train', source: './data', dest: './input' };

// Options of one channel
createChannel(base);
createChannel({ ...base, gunzip: true, recordio: true, epochs: 3 });
createChannel({ ...base, inputMode: 'Pipe', gunzip: true });
createChannel({ ...base, inputMode: 'File', gunzip: false });
createChannel({ ...base, inputMode: 'File' as InputMode });
createChannel({ ...fromChannel({ ChannelName: 'train', DataSource: {} }, { dest: './input' }), epochs: 3 });
// @ts-expect-error -- decompression is for Pipe mode
createChannel({ ...base, inputMode: 'File', gunzip: true });
// @ts-expect-error -- RecordIO is for Pipe mode
createChannel({ ...base, inputMode: 'FastFile', recordio: true });
// @ts-expect-error -- it may be one that does not decompress
createChannel({ ...base, inputMode: 'File' as InputMode, gunzip: true });
// @ts-expect-error -- misspelt
createChannel({ ...base, epoch: 3 });
// @ts-expect-error -- no source
createChannel({ name: 'train', dest: './input' });

// Options of several
createChannels({ source: './data', dest: './input', gunzip: true });
createChannels({ channels: { train: { source: './data', epochs: 2 } }, dest: './input' });
createChannels({
  channels: { train: fromChannel({ ChannelName: 'train', DataSource: {} }, base) },
  dest: './input',
});
// @ts-expect-error -- neither `source` nor `channels`
createChannels({ dest: './input' });
// @ts-expect-error -- both `source` and `channels`
createChannels({ source: './data', channels: { train: { source: './data' } }, dest: './input' });
// @ts-expect-error -- no source
createChannels({ channels: { train: { epochs: 2 } }, dest: './input' });
createChannels({
  // @ts-expect-error -- decompression is for Pipe mode
  channels: { train: { source: './data', inputMode: 'File', gunzip: true } },
  dest: './input',
});
// @ts-expect-error -- misspelt, in one of them
createChannels({ channels: { train: { source: './data', recordIO: true } }, dest: './input' });

// Events
declare const channel: Channel;
declare const group: ChannelGroup;
channel
  .on('epochEnd', ({ epoch, outcome }) => [epoch.toFixed(), outcome === 'complete'])
  .once('stop', () => {});
group.on('epochEnd', ({ epoch }, { name }) => [epoch.toFixed(), name.length]);
group.on('error', ({ code }, { name }) => [code, name.length]);
export const next = [once(channel, 'epochEnd'), on(channel, 'object')];
// @ts-expect-error -- no such event
channel.on('epochStop', () => {});
// @ts-expect-error -- no such event
channel.once('end', () => {});
// @ts-expect-error -- `stop` tells nothing
channel.on('stop', (event: unknown) => event);
// @ts-expect-error -- `epochEnd` is no string
channel.on('epochEnd', (event: string) => event);

// What there is
export const internals = [
  // @ts-expect-error -- `start()` does that
  channel.prepare,
  // @ts-expect-error -- `start()` does that
  channel.run,
];

// What a harness passes on
export function inInput(options: OptionsWithout<ChannelOptions, 'dest'>): Channel {
  return createChannel({ ...options, dest: './input' });
}
inInput({ name: 'train', source: './data', recordio: true });
// @ts-expect-error -- RecordIO is for Pipe mode
inInput({ name: 'train', source: './data', inputMode: 'File', recordio: true });
export function withDefaults(options: Partial<ChannelOptions>): Channel {
  return createChannel({ ...base, ...options });
}
