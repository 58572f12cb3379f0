// What runs in our threads: the entry point that the bundler emits beside the library.
import { parentPort } from 'node:worker_threads';

import { PACK } from '../archive/pack/pack-task.js';
import { Packer } from '../archive/pack/packer.js';
import { UNPACK } from '../archive/unpack/unpack-task.js';
import { Unpacker } from '../archive/unpack/unpacker.js';
import { scan } from '../artifacts/checkpoints/scan.js';
import { SCAN } from '../artifacts/checkpoints/scan-task.js';
import { filesInside } from '../artifacts/files-inside.js';
import { FILES_INSIDE } from '../artifacts/files-inside-task.js';
import { APPEND } from '../body/append-task.js';
import { giveBack } from '../body/give-back.js';
import { GIVE_BACK } from '../body/give-back-task.js';
import { BufferFiller, readChunks } from '../body/parts-reader.js';
import { FILL_BUFFERS, READ_CHUNKS } from '../body/read-tasks.js';
import { FileTree } from '../directory/file-tree.js';
import { FILE_TREE } from '../directory/file-tree-task.js';
import { walk } from '../source/file/walk.js';
import { WALK } from '../source/file/walk-task.js';
import { INFLATE } from '../transform/inflate/inflate-task.js';
import { inflater } from '../transform/inflate/inflater.js';
import { SpillWriter } from '../transform/spill-writer.js';
import { implement, serveTasks } from './serve-tasks.js';

serveTasks(parentPort!, [
  implement(WALK, walk),
  implement(READ_CHUNKS, readChunks),
  implement(FILL_BUFFERS, (args) => new BufferFiller(args)),
  implement(INFLATE, inflater),
  implement(APPEND, (args) => new SpillWriter(args)),
  implement(GIVE_BACK, giveBack),
  implement(FILE_TREE, (args) => new FileTree(args)),
  implement(PACK, (args) => new Packer(args)),
  implement(UNPACK, (args) => new Unpacker(args)),
  implement(SCAN, scan),
  implement(FILES_INSIDE, filesInside),
]);
