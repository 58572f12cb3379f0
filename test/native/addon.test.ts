import { closeSync, readSync } from 'node:fs';

import { beforeEach, expect, test, vi } from 'vitest';

import type * as Permit from '../../src/native/binding-permit.js';
import type * as Native from '../../src/native/libc.js';
import { mayHaveLibc } from '../../src/native/libc.js';

/** Whether koffi is there. */
const hasLibc = mayHaveLibc();

/** As in a thread that has loaded nothing. */
async function fresh(): Promise<typeof Native & typeof Permit> {
  vi.resetModules();
  return {
    ...(await import('../../src/native/libc.js')),
    ...(await import('../../src/native/binding-permit.js')),
  };
}

function expectToWork(libc: Native.Libc | undefined): void {
  const { reading, writing } = libc!.pipe();
  expect(libc!.write(writing, Buffer.from('abc'), 3)).toBe(3);
  expect(libc!.unread(reading)).toBe(3);
  expect(readSync(reading, Buffer.alloc(9))).toBe(3);
  closeSync(reading);
  closeSync(writing);
}

beforeEach(() => vi.restoreAllMocks());

test.runIf(hasLibc)(
  'which addon koffi has loaded is known, and it is bound without koffi’s modules',
  async () => {
    const main = await fresh();
    expect(main.koffiAddon()).toBeUndefined();
    expectToWork(main.loadLibc());
    const addon = main.koffiAddon()!;
    expect(addon).toMatch(/koffi\.node$/);

    const dlopen = vi.spyOn(process, 'dlopen');
    const thread = await fresh();
    expectToWork(thread.loadLibc(addon));
    expect(dlopen).toHaveBeenCalledWith(expect.anything(), addon);
    expect(thread.koffiAddon(), 'what its modules would have loaded').toBeUndefined();
  },
);

test.runIf(hasLibc)('without such an addon koffi is loaded by its modules', async () => {
  const thread = await fresh();
  expectToWork(thread.loadLibc('/no/such/koffi.node'));
  expect(thread.koffiAddon()).toMatch(/koffi\.node$/);
});

test.runIf(hasLibc)(
  'a thread is told of the addon, whether it was permitted to bind before or after it was loaded',
  async () => {
    const main = await fresh();
    const early = main.permitBinding();
    main.loadLibc();
    main.tellAddonToThreads();
    const late = main.permitBinding();
    for (const permit of [early, late]) {
      const dlopen = vi.spyOn(process, 'dlopen');
      expectToWork((await fresh()).bindOrThrow(permit.shared));
      expect(dlopen).toHaveBeenCalledWith(expect.anything(), main.koffiAddon());
      dlopen.mockRestore();
      permit.release();
    }
  },
);
