import {
  flagOf,
  HEADER_BYTES,
  lengthOf,
  paddingBytes,
  PartFlag,
  readWord,
  RECORDIO_MAGIC,
} from '../../../recordio/framing.js';
import type { FrameFormat } from './frame-splitter.js';
import { RecordProblem } from './record.js';

/** RecordIO, as MXNet and SageMaker have it: parts are joined as they are. */
export const RECORDIO: FrameFormat = {
  headerBytes: HEADER_BYTES,
  truncated: 'RECORDIO_TRUNCATED',
  readHeader(header, continues) {
    const magic = readWord(header, 0);
    if (magic !== RECORDIO_MAGIC)
      throw new RecordProblem(
        'RECORDIO_INVALID',
        `expected the magic word ${hex(RECORDIO_MAGIC)}, got ${hex(magic)}`,
      );
    const word = readWord(header, 4);
    const flag = flagOf(word);
    const goesOn = flag === PartFlag.middle || flag === PartFlag.last;
    if (flag > PartFlag.last || goesOn !== continues)
      throw new RecordProblem('RECORDIO_INVALID', `a part with the flag ${flag} cannot stand there`);
    const contentBytes = lengthOf(word);
    const isLast = flag === PartFlag.whole || flag === PartFlag.last;
    return { contentBytes, trailerBytes: paddingBytes(contentBytes), isLast };
  },
};

function hex(word: number): string {
  return `0x${word.toString(16).padStart(8, '0')}`;
}
