import { drawMoment } from './draw-moment.js';
import type { Random } from './random.js';
import type { ChangeKind, ChannelPlan, FaultPlan, ServerFault } from './scenario.js';

/** Whether a channel is one of a group, or the only one of a scenario in the main thread. */
export interface Setting {
  readonly isGroup: boolean;
  readonly isAlone: boolean;
}

type Basis = Pick<ChannelPlan, 'source' | 'objects' | 'gunzip' | 'own' | 'inputMode'>;

const CHANGES: readonly ChangeKind[] = [
  'overwrite',
  'overwriteSameTime',
  'truncate',
  'append',
  'vanish',
  'replace',
];

const SERVER_FAULTS: readonly (readonly [number, ServerFault])[] = [
  [4, 'reset'],
  [3, 'close'],
  [2, 'short'],
  [2, 'shortChunked'],
  [1, 'stall'],
  [2, 'ignoreConditions'],
  [2, 500],
  [1, 403],
];

/** What a manifest names has no length that a server that lies could be found out by. */
function canBeNoticed(fault: ServerFault, { source }: Basis): boolean {
  return source !== 's3Manifest' || (fault !== 'short' && fault !== 'shortChunked');
}

/** Something that can go wrong with such a channel. */
export function drawFault(
  random: Random,
  basis: Basis,
  { isGroup, isAlone }: Setting,
): FaultPlan | undefined {
  const object = random.int(0, basis.objects.length - 1);
  const { bytes } = basis.objects[object]!;
  const afterBytes = random.int(0, bytes);
  const possible = possibleFaults(basis, { isGroup, isAlone }).filter(
    (kind) => bytes > 0 || kind === 'throws' || kind === 'hangs',
  );
  if (possible.length === 0) return undefined;
  const kind = random.pick(possible);
  switch (kind) {
    case 'throws':
    case 'transformThrows':
      return { kind, object, afterBytes };
    case 'hangs':
      return { kind, object, afterBytes, heedsSignal: random.chance(70) };
    case 'wrongSize':
      return { kind, object, by: random.pick([-1, 1, 100]) };
    case 'corruptGzip':
      return { kind, object, how: random.pick(['flip', 'truncate']) };
    case 'change':
      return { kind, object, how: random.pick(CHANGES), when: drawMoment(random) };
    case 'newVersion':
      return { kind, object, when: drawMoment(random) };
    case 'server':
      return {
        kind,
        object,
        fault: random.weighted(SERVER_FAULTS.filter(([, fault]) => canBeNoticed(fault, basis))),
        // A listing has no key that would tell one channel's from another's.
        operation: random.chance(80) || !isAlone ? 'GetObject' : 'ListObjectsV2',
        afterBytes: random.chance(20) ? 0 : afterBytes,
        times: random.weighted([[6, 1], [3, 2], [1, 100]]), // prettier-ignore
      };
  }
}

function possibleFaults({ source, gunzip, own }: Basis, { isGroup, isAlone }: Setting): FaultPlan['kind'][] {
  const faults: FaultPlan['kind'][] = [];
  if (source === 'functions' || source === 'generator') faults.push('throws', 'hangs');
  if (source === 'generator') faults.push('wrongSize');
  if (own) faults.push('transformThrows');
  if (gunzip) faults.push('corruptGzip');
  // These may be found out by start().
  if (isGroup) return faults;
  if (source === 'file' || source === 'directory') faults.push('change', 'change', 'change');
  if (source === 's3') faults.push('server', 'server', ...(isAlone ? (['newVersion'] as const) : []));
  if (source === 's3Manifest') faults.push('server');
  return faults;
}
