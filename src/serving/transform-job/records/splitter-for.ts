import { FrameSplitter } from './frame-splitter.js';
import { LineSplitter } from './line-splitter.js';
import type { Splitter } from './record.js';
import { RECORDIO } from './recordio-format.js';
import { TFRECORD } from './tfrecord-format.js';
import { WholeSplitter } from './whole-splitter.js';

/** What takes objects apart, by their `SplitType`. @param mostBytes - how long a record may be */
export function splitterFor(splitType: string | undefined, mostBytes: number): Splitter {
  switch (splitType) {
    case 'Line':
      return new LineSplitter(mostBytes);
    case 'RecordIO':
      return new FrameSplitter(RECORDIO, mostBytes);
    case 'TFRecord':
      return new FrameSplitter(TFRECORD, mostBytes);
    default:
      return new WholeSplitter(mostBytes);
  }
}
