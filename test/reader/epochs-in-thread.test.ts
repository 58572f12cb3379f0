// All that is said of epochs, with descriptors as they are opened in a worker thread of the host.
import { vi } from 'vitest';

vi.mock('node:worker_threads', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:worker_threads')>()),
  isMainThread: false,
}));

await import('./epochs.test.js');
