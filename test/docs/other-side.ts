import { createChannel } from 'sagemaker-pipe-mode';
import { readEpochs } from 'sagemaker-pipe-mode/reader';
import { encodeRecordProtobuf } from 'sagemaker-pipe-mode/recordio';

const NEVER = new AbortController().signal;

/** An algorithm beside a program that streams: reads what its code says that there is, and answers that. */
export async function readWhatItStreams(code: string, dir: string, signal = NEVER): Promise<string[]> {
  if (/\b(createHarness|useHarness)\(/.test(code)) return []; // its directory is its own, and so are its algorithms
  const epochs = code.includes('new FifoSink') ? 1 : Number(/\bepochs: (\d+)/.exec(code)?.[1] ?? 0);
  if (epochs === 0) return [];
  const channels = code.includes('createChannels(') ? ['training', 'validation'] : ['training'];
  const read = await Promise.all(channels.map((channel) => readChannel({ dir, channel, epochs, signal })));
  return read.flat();
}

async function readChannel(options: Parameters<typeof readEpochs>[0]): Promise<string[]> {
  const epochs: string[] = [];
  for await (const epoch of readEpochs(options)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of epoch) chunks.push(chunk);
    epochs.push(Buffer.concat(chunks).toString('latin1'));
  }
  return epochs;
}

/** A channel beside a program that reads: two records of the built-in algorithms, in every epoch. */
export async function streamRecords(dest: string): Promise<AsyncDisposable> {
  const records = [1, 2].map((value) => encodeRecordProtobuf({ features: [value], label: 0 }));
  const source = [{ key: 'a.pbr', body: Buffer.concat(records) }];
  const channel = createChannel({ name: 'training', source, dest });
  await channel.start();
  return channel;
}
