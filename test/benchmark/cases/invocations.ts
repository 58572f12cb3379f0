import type { BenchmarkCase } from '../bench.js';
import { type Asked, Invocations } from '../invocations.js';
import { summarizeDelays, summarizePairs } from '../pairs.js';
import { judged, times } from '../result.js';

const STRAIGHT = 'undici, straight';
const MORE_MS = 1;

/** What an endpoint costs whoever asks it: 64 at a time, beside the client that it uses itself, straight to the server. */
export const invocations: BenchmarkCase = {
  name: 'invocations of an endpoint',
  async run({ workspace, rounds, sizes, progress }) {
    const { invocations: count } = sizes;
    const pairs = await withInvocations(workspace, async (endpoint) => {
      const played: { readonly ours: Asked; readonly theirs: Asked }[] = [];
      for (let round = 0; round <= rounds; round++) {
        progress(round === 0 ? 'warm-up' : `round ${round} of ${rounds}`);
        played.push(await endpoint.round(count));
      }
      return played.slice(1);
    });
    const of = (figure: keyof Asked) =>
      pairs.map(({ ours, theirs }) => ({ ours: ours[figure], theirs: theirs[figure] }));
    return {
      rows: [
        judged(
          {
            case: this.name,
            unit: 'objects/s',
            peer: STRAIGHT,
            ...summarizePairs(of('perSecond')),
          },
          times(0.9),
        ),
        judged(
          { case: `${this.name}, p99`, unit: 'ms', peer: STRAIGHT, ...summarizeDelays(of('p99Ms')) },
          { moreAtMost: MORE_MS },
        ),
      ],
    };
  },
};

async function withInvocations<Result>(
  workspace: string,
  run: (endpoint: Invocations) => Promise<Result>,
): Promise<Result> {
  const endpoint = new Invocations(workspace);
  try {
    await endpoint.begin();
    const result = await run(endpoint);
    await endpoint.close();
    return result;
  } finally {
    await endpoint.close().catch(() => undefined);
  }
}
