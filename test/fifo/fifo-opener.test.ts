import { closeSync, existsSync, fstatSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Fifo, makeFifo } from '../../src/fifo/fifo.js';
import { FifoOpener } from '../../src/fifo/fifo-opener.js';
import { type Libc, loadLibc } from '../../src/native/libc.js';
import { makeFifos, openWriter } from '../support/fifo.js';
import { FifoProbe } from '../support/fifo-reader.js';
import { openDescriptors } from '../support/leftovers.js';
import { useScratch } from '../support/scratch.js';
import { thrown } from '../support/expected-errors.js';

const scratch = useScratch();
const isLinux = process.platform === 'linux';
const path = () => join(scratch.dir, 'train_0');
let fifo: Fifo;

describe.each([
  ['with koffi', () => loadLibc()],
  ['without koffi', () => undefined],
])('%s', (_, load) => {
  let libc: Libc | undefined;
  beforeEach(async () => {
    libc = load();
    fifo = await makeFifo(path(), 0o644, libc);
  });
  afterEach(() => {
    rmSync(path(), { force: true });
  });

  test('opens the FIFO once it has a reader, and keeps no descriptor of its own', () => {
    const before = openDescriptors();
    const opener = new FifoOpener(fifo, libc, 0);
    expect(opener.tryOpen(0)).toBeUndefined();
    using _ = new FifoProbe(path());
    const fd = opener.tryOpen(1)!;
    expect(fstatSync(fd).ino).toBe(fifo.inode);
    closeSync(fd);
    opener.close();
    expect(openDescriptors()).toBe(before + 1); // the probe's
  });

  test('is neither a reader nor a writer of it meanwhile', () => {
    const opener = new FifoOpener(fifo, libc, 0);
    expect(() => openWriter(path())).toThrow('ENXIO');
    using probe = new FifoProbe(path());
    expect(probe.available().end).toBe('closed');
    opener.close();
  });

  test('notices within half a second that the name leads to nothing', () => {
    const opener = new FifoOpener(fifo, libc, 1000);
    rmSync(path());
    expect(thrown(() => opener.tryOpen(1500))).toMatchObject({ code: 'FIFO_REPLACED', path: path() });
    opener.close();
  });

  test('never opens another FIFO that has taken its name', () => {
    const opener = new FifoOpener(fifo, libc, 1000);
    makeFifos(scratch.dir, 'other');
    using _ = new FifoProbe(join(scratch.dir, 'other'));
    renameSync(join(scratch.dir, 'other'), path());
    if (isLinux) expect(opener.tryOpen(1001)).toBeUndefined();
    expect(thrown(() => opener.tryOpen(1500))).toMatchObject({ code: 'FIFO_REPLACED' });
    opener.close();
    expect(existsSync(path())).toBe(true);
  });

  test.runIf(isLinux)('serves who has opened the FIFO before it lost its name', () => {
    const opener = new FifoOpener(fifo, libc, 0);
    using _ = new FifoProbe(path());
    rmSync(path());
    const fd = opener.tryOpen(1)!;
    expect(fstatSync(fd).ino).toBe(fifo.inode);
    closeSync(fd);
    opener.close();
  });
});

test.runIf(isLinux)('asks the system once per try', async () => {
  const libc = loadLibc()!;
  fifo = await makeFifo(path(), 0o644, libc);
  const opened: string[] = [];
  const spying: Libc = {
    ...libc,
    open(name, flags) {
      opened.push(name);
      return libc.open(name, flags);
    },
  };
  const opener = new FifoOpener(fifo, spying, 0);
  for (let now = 0; now < 400; now += 50) expect(opener.tryOpen(now)).toBeUndefined();
  opener.close();
  expect(opened).toEqual(Array.from({ length: 8 }, () => expect.stringMatching(/^\/proc\/self\/fd\/\d+$/)));
  rmSync(path());
});
